// Verifies Chatislav webhooks with nothing but the JDK, 17 or later: java Verify.java
// The raw body in Spring: a parameter `@RequestBody byte[] body`, not a class of yours and not a String.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import static java.nio.charset.StandardCharsets.UTF_8;

public final class Verify {
    private static final int MAX_BODY = 8 * 1024 * 1024;

    /** Whether one of the secrets signed exactly these bytes. */
    static boolean verify(byte[] body, String signature, List<String> secrets) throws GeneralSecurityException {
        if (!signature.matches("[0-9A-Fa-f]{64}")) {
            return false;
        }
        byte[] given = HexFormat.of().parseHex(signature);
        for (String secret : secrets) {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            // Constant in time, as Arrays.equals is not.
            if (MessageDigest.isEqual(given, mac.doFinal(body))) {
                return true;
            }
        }
        return false;
    }

    static int answer(HttpExchange exchange, List<String> secrets) throws IOException, GeneralSecurityException {
        if (!List.of("POST", "PUT").contains(exchange.getRequestMethod())) {
            exchange.getResponseHeaders().set("Allow", "POST, PUT");
            return 405;
        }
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
        if (body.length > MAX_BODY) {
            return 413;
        }
        // The header comes once: who sends two values leaves open which of them counts.
        List<String> signatures = exchange.getRequestHeaders().getOrDefault("X-Chatislav-Signature", List.of());
        if (signatures.size() != 1 || !verify(body, signatures.get(0), secrets)) {
            return 401;
        }
        accept(body);
        return 204;
    }

    /**
     * Keep these bytes, in a queue or a table, and parse them after the answer.
     * Chatislav retries with the same bytes, so their SHA-256 tells a duplicate.
     */
    static void accept(byte[] body) {
        System.out.println("a genuine event of " + body.length + " bytes");
    }

    public static void main(String[] arguments) throws IOException {
        // The old one only during a rotation. A blank one is refused: everybody could sign with it.
        List<String> secrets = Stream.of(
                Objects.requireNonNullElse(System.getenv("CHATISLAV_WEBHOOK_SECRET"), ""),
                System.getenv("CHATISLAV_WEBHOOK_SECRET_OLD")).filter(Objects::nonNull).toList();
        if (secrets.stream().anyMatch(String::isBlank)) {
            throw new IllegalStateException("CHATISLAV_WEBHOOK_SECRET is missing or blank");
        }
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(answer(exchange, secrets), -1);
            } catch (GeneralSecurityException error) {
                throw new IOException(error);
            }
        });
        server.start();
    }
}
