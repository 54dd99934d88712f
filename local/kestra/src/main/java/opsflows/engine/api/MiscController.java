package opsflows.engine.api;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;

/** The liveness probe. */
@Controller
public class MiscController {
    /** Answers without touching the store. */
    @Get(uri = "/ping", produces = MediaType.TEXT_PLAIN)
    public String ping() {
        return "pong";
    }
}
