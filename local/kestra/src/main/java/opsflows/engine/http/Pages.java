package opsflows.engine.http;

import java.util.List;
import java.util.function.Function;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.Sort;

/** Reads `page`, `size` and `sort` the way that Kestra's search endpoints do. */
public final class Pages {
    private Pages() {
    }

    /**
     * Builds the page request.
     *
     * @param sort `field:asc` or `field:desc`, in order of importance
     * @param columns maps the API's field name to the repository's column
     * @throws IllegalArgumentException if a page, size or sort makes no sense
     */
    public static Pageable of(int page, int size, @Nullable List<String> sort, Function<String, String> columns) {
        if (page < 1 || size < 1) {
            throw new IllegalArgumentException("page and size must be at least 1");
        }
        if (sort == null || sort.isEmpty()) {
            return Pageable.from(page, size);
        }
        return Pageable.from(page, size, Sort.of(sort.stream().map(item -> order(item, columns)).toList()));
    }

    private static Sort.Order order(String item, Function<String, String> columns) {
        String[] parts = item.split(":");
        if (parts.length != 2) {
            throw new IllegalArgumentException("Invalid sort parameter '" + item + "': write field:asc or field:desc");
        }
        String column = columns.apply(parts[0]);
        return switch (parts[1].toLowerCase()) {
            case "asc" -> Sort.Order.asc(column);
            case "desc" -> Sort.Order.desc(column);
            default -> throw new IllegalArgumentException("Invalid sort direction '" + parts[1] + "'");
        };
    }
}
