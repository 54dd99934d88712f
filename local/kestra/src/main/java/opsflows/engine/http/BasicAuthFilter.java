package opsflows.engine.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;

/** Basic authentication on every URL but the open ones, with Kestra's configuration keys. */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
public class BasicAuthFilter {
    private final Settings settings;
    private final byte[] expected;

    BasicAuthFilter(Settings settings) {
        this.settings = settings;
        String pair = settings.username() + ":" + settings.password();
        this.expected = ("Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)))
            .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The credentials, and the prefixes of paths that need none.
     *
     * @param username an e-mail address, as Kestra wants it
     * @param password at least 8 characters with an upper-case letter and a digit, as Kestra wants it
     * @param openUrls prefixes of paths
     */
    @ConfigurationProperties("kestra.server.basic-auth")
    public record Settings(String username, String password, List<String> openUrls) {
    }

    /** Answers 401 unless the path is open or the credentials are right. */
    @RequestFilter
    @Nullable
    public HttpResponse<?> check(HttpRequest<?> request) {
        if (isOpen(request.getPath()) || isAuthorized(request.getHeaders().get("Authorization"))) {
            return null;
        }
        return HttpResponse.status(HttpStatus.UNAUTHORIZED).header("WWW-Authenticate", "Basic");
    }

    private boolean isOpen(String path) {
        return settings.openUrls().stream().anyMatch(path::startsWith);
    }

    private boolean isAuthorized(@Nullable String header) {
        return header != null && MessageDigest.isEqual(expected, header.getBytes(StandardCharsets.UTF_8));
    }
}
