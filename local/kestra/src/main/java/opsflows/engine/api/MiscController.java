package opsflows.engine.api;

import io.kestra.core.utils.EditionProvider;
import io.kestra.core.utils.VersionProvider;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;

/** The liveness probe, and what the server is. */
@Controller
public class MiscController {
    private final VersionProvider version;
    private final EditionProvider edition;

    MiscController(VersionProvider version, EditionProvider edition) {
        this.version = version;
        this.edition = edition;
    }

    /** What the server says about itself: Kestra's own names, without what only its UI needs. */
    public record Configuration(String version, String commitId, EditionProvider.Edition edition) {
    }

    /** Answers without touching the store. */
    @Get(uri = "/ping", produces = MediaType.TEXT_PLAIN)
    public String ping() {
        return "pong";
    }

    /** The server's version and edition. */
    @Get("/api/v1/configs")
    public Configuration configs() {
        return new Configuration(version.getVersion(), version.getRevision(), edition.get());
    }
}
