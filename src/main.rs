//! The `panjereh` command.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    panjereh::demo::run::run(panjereh::demo::run::Options { port: 8080, data: None, people: 1000 }).await
}
