import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTParser;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Nimbus says when something is set up wrongly; docs/connect/messages.md has these texts.
 *
 * <pre>java -cp 'target/dependency/*' Messages.java ISSUER DATA_FOLDER</pre>
 *
 * Each line is a text. DATA_FOLDER/id_token.txt is an ID token for demo-confidential.
 */
public final class Messages {
    private interface Attempt {
        void run() throws Exception;
    }

    private static void said(Attempt attempt) throws Exception {
        try {
            attempt.run();
        } catch (Exception refusal) {
            System.out.println("nimbus: " + refusal.getMessage());
            return;
        }
        throw new IllegalStateException("a refusal was expected");
    }

    public static void main(String[] arguments) throws Exception {
        var panjereh = OIDCProviderMetadata.resolve(new Issuer(arguments[0]));
        JWT token = JWTParser.parse(Files.readString(Path.of(arguments[1], "id_token.txt")));
        var nonce = new Nonce(token.getJWTClaimsSet().getStringClaim("nonce"));
        var keys = panjereh.getJWKSetURI().toURL();
        var client = new ClientID("demo-confidential");
        var issuer = panjereh.getIssuer();
        new IDTokenValidator(issuer, client, JWSAlgorithm.ES256, keys).validate(token, nonce);

        said(() -> OIDCProviderMetadata.resolve(new Issuer(arguments[0] + "/")));
        said(() -> new IDTokenValidator(issuer, client, JWSAlgorithm.RS256, keys).validate(token, nonce));
        said(() -> new IDTokenValidator(issuer, client, JWSAlgorithm.ES256, keys).validate(token, new Nonce("another")));
        said(() -> new IDTokenValidator(issuer, new ClientID("another"), JWSAlgorithm.ES256, keys).validate(token, nonce));
    }
}
