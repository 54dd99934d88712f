package opsflows.engine.api;

import java.io.IOException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.ExecutionKind;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.repositories.ExecutionRepositoryInterface;
import io.kestra.core.services.ExecutionService;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.Status;
import io.micronaut.http.server.multipart.MultipartBody;
import io.micronaut.http.sse.Event;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import reactor.core.publisher.Flux;

import opsflows.engine.http.PagedResults;
import opsflows.engine.http.Pages;
import opsflows.engine.http.QueryFilters;
import opsflows.engine.http.Tenant;
import opsflows.engine.service.Commands;
import opsflows.engine.service.Follower;
import opsflows.engine.service.Starter;

/** Executions: create, read, search, follow, delete. What changes a running one is in {@link ExecutionActionController}. */
@Controller("/api/v1/main/executions")
@ExecuteOn(TaskExecutors.IO)
public class ExecutionController {
    private final Starter starter;
    private final Follower follower;
    private final Commands commands;
    private final ExecutionRepositoryInterface executions;
    private final ExecutionService service;

    ExecutionController(Starter starter, Follower follower, Commands commands, ExecutionRepositoryInterface executions,
        ExecutionService service) {
        this.starter = starter;
        this.follower = follower;
        this.commands = commands;
        this.executions = executions;
        this.service = service;
    }

    /** Starts an execution; with `wait` the answer comes when it has ended. */
    @Post(uri = "/{namespace}/{id}", consumes = MediaType.MULTIPART_FORM_DATA)
    public Map<String, Object> create(String namespace, String id, @Nullable @Body MultipartBody inputs,
        @Nullable @QueryValue List<String> labels, @QueryValue(defaultValue = "false") boolean wait,
        @Nullable @QueryValue Integer revision, @Nullable @QueryValue ZonedDateTime scheduleDate,
        @Nullable @QueryValue String breakpoints, @Nullable @QueryValue ExecutionKind kind) throws TimeoutException {
        Flow flow = starter.flow(namespace, id, revision);
        Instant due = scheduleDate == null ? null : scheduleDate.toInstant();
        Execution execution = starter.start(flow, new Starter.Request(labels, due, breakpoints, kind), inputs);
        return follower.withUrl(wait ? follower.last(execution) : execution);
    }

    /** One execution. Its outputs have an endpoint of their own. */
    @Get("/{executionId}")
    public Execution get(String executionId) {
        return commands.find(executionId);
    }

    /** Executions by filters, a page at a time. */
    @Get("/search")
    public PagedResults<Execution> search(HttpRequest<?> request, @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size, @Nullable @QueryValue List<String> sort) {
        return PagedResults.of(executions.find(
            Pages.of(page, size, sort, executions.sortMapping()), Tenant.MAIN, QueryFilters.only(request)));
    }

    /** The executions of one flow, newest first, a page at a time. */
    @Get
    public PagedResults<Execution> byFlow(@QueryValue String namespace, @QueryValue String flowId,
        @QueryValue(defaultValue = "1") int page, @QueryValue(defaultValue = "10") int size) {
        return PagedResults.of(executions.findByFlowId(
            Tenant.MAIN, namespace, flowId, Pages.of(page, size, null, executions.sortMapping())));
    }

    /** The changes of an execution as server-sent events, until it has ended. */
    @Get(uri = "/{executionId}/follow", produces = MediaType.TEXT_EVENT_STREAM)
    public Flux<Event<Execution>> follow(String executionId) {
        return follower.follow(commands.find(executionId));
    }

    /** Deletes an execution with its logs, metrics and files, as far as asked for. */
    @Delete("/{executionId}")
    @Status(HttpStatus.NO_CONTENT)
    public void delete(String executionId, @QueryValue(defaultValue = "true") boolean deleteLogs,
        @QueryValue(defaultValue = "true") boolean deleteMetrics, @QueryValue(defaultValue = "true") boolean deleteStorage)
        throws IOException {
        service.delete(commands.find(executionId), deleteLogs, deleteMetrics, deleteStorage);
    }
}
