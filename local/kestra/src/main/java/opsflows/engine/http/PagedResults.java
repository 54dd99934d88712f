package opsflows.engine.http;

import java.util.List;

import io.kestra.core.repositories.ArrayListTotal;

/**
 * One page of a search.
 *
 * @param results the rows of this page
 * @param total the number of rows on all pages
 */
public record PagedResults<T>(List<T> results, long total) {
    /** Wraps a repository's page. */
    public static <T> PagedResults<T> of(ArrayListTotal<T> page) {
        return new PagedResults<>(page, page.getTotal());
    }
}
