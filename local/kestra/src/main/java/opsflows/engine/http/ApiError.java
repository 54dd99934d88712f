package opsflows.engine.http;

import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import io.micronaut.core.annotation.Introspected;
import io.micronaut.core.annotation.Nullable;

/**
 * An error as Kestra writes it.
 *
 * @param message what went wrong
 * @param links where it was asked
 * @param embedded one entry a violated constraint, under `errors`
 */
@Introspected
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ApiError(String message, @JsonProperty("_links") Map<String, Link> links,
    @Nullable @JsonProperty("_embedded") Map<String, List<Detail>> embedded) {
    /** A link of the hypermedia format. */
    @Introspected
    public record Link(String href, boolean templated) {
    }

    /** A violated constraint and the path of the property. */
    @Introspected
    public record Detail(String message, String path) {
    }

    /** An error with its details; no details if the list is empty. */
    public static ApiError of(String message, String path, List<Detail> details) {
        return new ApiError(message, Map.of("self", new Link(path, false)), details.isEmpty() ? null : Map.of("errors", details));
    }
}
