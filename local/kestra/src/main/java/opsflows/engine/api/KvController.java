package opsflows.engine.api;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import io.kestra.core.exceptions.ResourceExpiredException;
import io.kestra.core.models.kv.KVType;
import io.kestra.core.serializers.JacksonMapper;
import io.kestra.core.services.KVStoreService;
import io.kestra.core.storages.kv.KVEntry;
import io.kestra.core.storages.kv.KVMetadata;
import io.kestra.core.storages.kv.KVStore;
import io.kestra.core.storages.kv.KVValue;
import io.kestra.core.storages.kv.KVValueAndMetadata;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

import opsflows.engine.http.PagedResults;
import opsflows.engine.http.Pages;
import opsflows.engine.http.QueryFilters;
import opsflows.engine.http.Tenant;

/** The key-value store of a namespace. */
@Controller("/api/v1/main")
@ExecuteOn(TaskExecutors.IO)
public class KvController {
    private final KVStoreService stores;

    KvController(KVStoreService stores) {
        this.stores = stores;
    }

    /**
     * A value with its type.
     *
     * @param type the type that Kestra infers from the value
     * @param value the value
     * @param revision how often the key was written
     * @param updated when it was last written
     */
    public record Detail(KVType type, Object value, Integer revision, Instant updated) {
    }

    /** The keys to delete at once. */
    public record Keys(List<String> keys) {
    }

    /** One value; 404 if the key does not exist, 410 if it has expired. */
    @Get("/namespaces/{namespace}/kv/{key}")
    public Detail get(String namespace, String key) throws IOException, ResourceExpiredException {
        KVStore store = stores.get(Tenant.MAIN, namespace);
        KVValue value = store.getValue(key).orElseThrow(
            () -> new NoSuchElementException("No value found for key '" + key + "' in namespace '" + namespace + "'"));
        KVEntry entry = store.get(key).orElseThrow();
        return new Detail(KVType.from(value.value()), value.value(), entry.revision(), entry.updateDate());
    }

    /** Writes a value; the body is JSON or Ion, so that a text needs its quotes. */
    @Put(uri = "/namespaces/{namespace}/kv/{key}", consumes = { MediaType.TEXT_PLAIN, MediaType.APPLICATION_JSON })
    public void put(String namespace, String key, @Body String body, @Nullable @Header Duration ttl,
        @Nullable @Header String description) throws IOException {
        KVMetadata metadata = new KVMetadata(description, ttl);
        stores.get(Tenant.MAIN, namespace, namespace).put(key, new KVValueAndMetadata(metadata, parse(body)));
    }

    /** Deletes a key and says whether there was one. */
    @Delete("/namespaces/{namespace}/kv/{key}")
    public boolean delete(String namespace, String key) throws IOException {
        return stores.get(Tenant.MAIN, namespace).delete(key);
    }

    /** Deletes several keys and says which of them there were. */
    @Delete("/namespaces/{namespace}/kv")
    public Keys deleteAll(String namespace, @Body Keys request) throws IOException {
        KVStore store = stores.get(Tenant.MAIN, namespace);
        List<String> deleted = new ArrayList<>();
        for (String key : request.keys()) {
            if (store.delete(key)) {
                deleted.add(key);
            }
        }
        return new Keys(deleted);
    }

    /** The keys of a namespace's parents. */
    @Get("/namespaces/{namespace}/kv/inheritance")
    public List<KVEntry> inherited(String namespace) throws IOException {
        List<KVEntry> entries = new ArrayList<>();
        String parent = namespace;
        while (parent.contains(".")) {
            parent = parent.substring(0, parent.lastIndexOf('.'));
            entries.addAll(stores.get(Tenant.MAIN, parent, namespace).list());
        }
        return entries;
    }

    /** The keys of all namespaces, by filters, a page at a time. */
    @Get("/kv")
    public PagedResults<KVEntry> search(HttpRequest<?> request, @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "100") int size, @Nullable @QueryValue List<String> sort) throws IOException {
        return PagedResults.of(stores.list(
            Pages.of(page, size, sort, field -> field), Tenant.MAIN, null, QueryFilters.only(request)));
    }

    /** Ion is a superset of JSON that keeps time stamps. */
    private static JsonNode parse(String body) {
        try {
            return JacksonMapper.ofIon().readTree(body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Invalid JSON value for: " + body);
        }
    }
}
