package opsflows.engine.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.kestra.core.models.QueryFilter;
import io.kestra.core.models.QueryFilter.Field;
import io.kestra.core.models.QueryFilter.Logical;
import io.kestra.core.models.QueryFilter.Op;
import io.kestra.core.models.flows.FlowScope;

import io.micronaut.http.HttpRequest;

/**
 * Reads `filters[field][OP]=value`, `filters[labels][OP][key]=value` and one level of groups
 * (`filters[or][0][field][OP]=value`) from a query string.
 */
public final class QueryFilters {
    private static final Pattern GROUP = Pattern.compile("\\[(?i:(and|or))]\\[(\\d+)](.*)");
    private static final Pattern LEAF = Pattern.compile("\\[([^\\]]*)]\\[([^\\]]*)](?:\\[(.+)])?");

    private QueryFilters() {
    }

    /**
     * Reads the filters of a request; an empty list matches everything.
     *
     * @throws IllegalArgumentException if a filter is malformed, or a parameter is one of the flat filters that
     *         Kestra 2.0 no longer reads (it would silently match everything)
     */
    public static List<QueryFilter> of(HttpRequest<?> request) {
        Node root = new Node();
        request.getParameters().asMap().forEach((name, values) -> {
            if (name.startsWith("filters[")) {
                add(root, name.substring("filters".length()), values);
            }
        });
        return root.build();
    }

    /** Rejects the flat parameters of older versions, except those that the endpoint itself declares. */
    public static List<QueryFilter> only(HttpRequest<?> request) {
        for (Field field : Field.values()) {
            if (request.getParameters().contains(field.value())) {
                throw new IllegalArgumentException("Legacy filter parameter '" + field.value()
                    + "' is no longer supported. Write filters[" + field.value() + "][EQUALS]=value.");
            }
        }
        return of(request);
    }

    private static void add(Node node, String path, List<String> values) {
        Matcher group = GROUP.matcher(path);
        if (group.matches()) {
            Logical logical = Logical.fromString(group.group(1).toLowerCase());
            add(node.child(logical, Integer.parseInt(group.group(2))), group.group(3), values);
            return;
        }
        Matcher leaf = LEAF.matcher(path);
        if (!leaf.matches()) {
            throw new IllegalArgumentException("Malformed filter 'filters" + path + "'");
        }
        node.leaf(Field.fromString(leaf.group(1)), Op.fromString(leaf.group(2)), leaf.group(3), values);
    }

    private static Object value(Field field, Op operation, String text) {
        if (field == Field.SCOPE) {
            return Arrays.stream(text.split(",")).map(FlowScope::valueOf).toList();
        }
        if (operation == Op.IN || operation == Op.NOT_IN) {
            return Arrays.asList(text.replaceAll("[\\[\\]]", "").split(","));
        }
        return text;
    }

    /** One position in the tree of filters: its own leaves, and numbered groups below. */
    private static final class Node {
        private final List<QueryFilter> leaves = new ArrayList<>();
        private final Map<Op, Map<String, String>> labels = new HashMap<>();
        private final Map<Logical, Map<Integer, Node>> groups = new TreeMap<>();

        Node child(Logical logical, int index) {
            return groups.computeIfAbsent(logical, key -> new TreeMap<>()).computeIfAbsent(index, key -> new Node());
        }

        void leaf(Field field, Op operation, String key, List<String> values) {
            if (field == Field.LABELS && key != null) {
                labels.computeIfAbsent(operation, op -> new HashMap<>()).put(key, values.getFirst());
            } else if (key != null) {
                leaves.add(filter(field, operation, Map.of(key, values.getFirst())));
            } else {
                values.forEach(text -> leaves.add(filter(field, operation, value(field, operation, text))));
            }
        }

        List<QueryFilter> build() {
            List<QueryFilter> filters = new ArrayList<>(leaves);
            labels.forEach((operation, pairs) -> filters.add(filter(Field.LABELS, operation, pairs)));
            groups.forEach((logical, children) -> filters.add(group(logical, children.values().stream().map(Node::single).toList())));
            return filters;
        }

        private QueryFilter single() {
            List<QueryFilter> filters = build();
            return filters.size() == 1 ? filters.getFirst() : group(Logical.AND, filters);
        }

        private static QueryFilter filter(Field field, Op operation, Object value) {
            return QueryFilter.builder().field(field).operation(operation).value(value).build();
        }

        private static QueryFilter group(Logical logical, List<QueryFilter> children) {
            return QueryFilter.builder().logical(logical).children(children).build();
        }
    }
}
