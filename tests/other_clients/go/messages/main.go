// What go-oidc and x/oauth2 say when something is set up wrongly; docs/connect/messages.md has these texts.
//
//	messages ISSUER DATA_FOLDER
//
// Each line is a text. DATA_FOLDER/id_token.txt is an ID token for demo-confidential.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

func said(library string, err error) {
	if err == nil {
		log.Fatal("a refusal was expected")
	}
	fmt.Printf("%s: %s\n", library, err)
}

func main() {
	ctx, issuer := context.Background(), os.Args[1]
	raw, err := os.ReadFile(filepath.Join(os.Args[2], "id_token.txt"))
	if err != nil {
		log.Fatal(err)
	}
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		log.Fatal(err)
	}
	verify := func(config oidc.Config) error {
		_, err := provider.Verifier(&config).Verify(ctx, string(raw))
		return err
	}
	if err := verify(oidc.Config{ClientID: "demo-confidential"}); err != nil {
		log.Fatal(err)
	}

	_, err = oidc.NewProvider(ctx, issuer+"/")
	said("go-oidc", err)
	said("go-oidc", verify(oidc.Config{ClientID: "another"}))
	said("go-oidc", verify(oidc.Config{ClientID: "demo-confidential", SupportedSigningAlgs: []string{oidc.RS256}}))
	later := func() time.Time { return time.Now().Add(2 * time.Hour) }
	said("go-oidc", verify(oidc.Config{ClientID: "demo-confidential", Now: later}))

	config := oauth2.Config{ClientID: "demo-confidential", ClientSecret: "not the secret", Endpoint: provider.Endpoint()}
	_, err = config.Exchange(ctx, "no code")
	said("x/oauth2", err)
	_, err = provider.UserInfo(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "no token"}))
	said("go-oidc", err)
}
