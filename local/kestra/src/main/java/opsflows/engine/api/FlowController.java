package opsflows.engine.api;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

import io.kestra.core.exceptions.FlowProcessingException;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.flows.FlowInterface;
import io.kestra.core.models.flows.FlowSource;
import io.kestra.core.models.flows.FlowWithSource;
import io.kestra.core.models.flows.GenericFlow;
import io.kestra.core.models.validations.ValidateConstraintViolation;
import io.kestra.core.queues.QueueException;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.services.FlowService;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

import opsflows.engine.http.PagedResults;
import opsflows.engine.http.Pages;
import opsflows.engine.http.QueryFilters;
import opsflows.engine.http.Tenant;

/** Flows: create, update, validate, delete, read, list, search, revisions. */
@Controller("/api/v1/main/flows")
@ExecuteOn(TaskExecutors.IO)
public class FlowController {
    private static final String YAML = "application/x-yaml";

    private final FlowService flows;
    private final FlowRepositoryInterface repository;

    FlowController(FlowService flows, FlowRepositoryInterface repository) {
        this.flows = flows;
        this.repository = repository;
    }

    /** Creates a flow from its YAML source; 422 if it is invalid or exists. */
    @Post(consumes = YAML)
    public FlowWithSource create(@Body String source) throws FlowProcessingException, QueueException {
        return flows.create(parse(source));
    }

    /** Replaces a flow's source and so makes a new revision, unless nothing changed. */
    @Put(uri = "/{namespace}/{id}", consumes = YAML)
    public FlowWithSource update(String namespace, String id, @Body String source) throws FlowProcessingException, QueueException {
        FlowInterface previous = repository.findById(Tenant.MAIN, namespace, id)
            .orElseThrow(() -> new NoSuchElementException("Unable to find flow '" + namespace + "." + id + "'"));
        return flows.update(parse(source), previous);
    }

    /** Reports, per document of the source, what is wrong with it. */
    @Post(uri = "/validate", consumes = YAML)
    public List<ValidateConstraintViolation> validate(@Body String source) {
        List<FlowSource> sources = List.of(source.split("(?m)^---\\s*$")).stream()
            .filter(part -> !part.isBlank())
            .map(part -> new FlowSource(null, part))
            .toList();
        return flows.validate(Tenant.MAIN, sources);
    }

    /** Deletes a flow; its executions stay. */
    @Delete("/{namespace}/{id}")
    public HttpResponse<Void> delete(String namespace, String id) {
        Optional<FlowWithSource> flow = repository.findByIdWithSource(Tenant.MAIN, namespace, id);
        flow.ifPresent(flows::delete);
        return HttpResponse.status(flow.isPresent() ? HttpStatus.NO_CONTENT : HttpStatus.NOT_FOUND);
    }

    /** One flow, its source only when asked for. */
    @Get("/{namespace}/{id}")
    @Nullable
    public FlowInterface get(String namespace, String id, @QueryValue(defaultValue = "false") boolean source,
        @Nullable @QueryValue Integer revision, @QueryValue(defaultValue = "false") boolean allowDeleted) {
        Optional<Integer> wanted = Optional.ofNullable(revision);
        Optional<? extends FlowInterface> flow = source
            ? repository.findByIdWithSource(Tenant.MAIN, namespace, id, wanted, allowDeleted)
            : repository.findById(Tenant.MAIN, namespace, id, wanted, allowDeleted);
        return flow.orElse(null);
    }

    /** Every revision of a flow, oldest first. */
    @Get("/{namespace}/{id}/revisions")
    public List<FlowWithSource> revisions(String namespace, String id, @QueryValue(defaultValue = "false") boolean allowDelete) {
        return repository.findRevisions(Tenant.MAIN, namespace, id, allowDelete);
    }

    /** The flows of one namespace. */
    @Get("/{namespace}")
    public List<Flow> list(String namespace) {
        return repository.findByNamespace(Tenant.MAIN, namespace);
    }

    /** The namespaces that hold flows. */
    @Get("/distinct-namespaces")
    public List<String> namespaces(@Nullable @QueryValue String q) {
        return repository.findDistinctNamespace(Tenant.MAIN, q);
    }

    /** Flows by filters, a page at a time. */
    @Get("/search")
    public PagedResults<Flow> search(HttpRequest<?> request, @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size, @Nullable @QueryValue List<String> sort) {
        return PagedResults.of(repository.find(
            Pages.of(page, size, sort, field -> field), Tenant.MAIN, QueryFilters.only(request)));
    }

    private static GenericFlow parse(String source) {
        return GenericFlow.fromYaml(Tenant.MAIN, source);
    }
}
