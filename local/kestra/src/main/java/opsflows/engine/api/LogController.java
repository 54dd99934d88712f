package opsflows.engine.api;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

import org.slf4j.event.Level;

import io.kestra.core.models.QueryFilter;
import io.kestra.core.models.executions.LogEntry;
import io.kestra.core.repositories.LogDataStoreInterface;
import io.kestra.core.runners.FollowLogEvent;
import io.kestra.core.services.ExecutionLogService;
import io.kestra.core.services.LogStreamingService;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.model.Page;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.Status;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.http.sse.Event;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import reactor.core.publisher.Flux;

import opsflows.engine.http.PagedResults;
import opsflows.engine.http.Pages;
import opsflows.engine.http.QueryFilters;
import opsflows.engine.http.Tenant;

/** Logs of executions: list, search, download, follow, delete. */
@Controller("/api/v1/main/logs")
@ExecuteOn(TaskExecutors.IO)
public class LogController {
    private final ExecutionLogService logs;
    private final LogDataStoreInterface store;
    private final LogStreamingService streams;

    LogController(ExecutionLogService logs, LogDataStoreInterface store, LogStreamingService streams) {
        this.logs = logs;
        this.store = store;
        this.streams = streams;
    }

    /** The lines of an execution, oldest first. */
    @Get("/{executionId}")
    public List<LogEntry> list(String executionId, @Nullable @QueryValue Level minLevel, @Nullable @QueryValue String taskRunId,
        @Nullable @QueryValue String taskId, @Nullable @QueryValue Integer attempt) {
        return logs.getExecutionLogs(Tenant.MAIN, executionId, minLevel, taskRunId, asList(taskId), attempt, true);
    }

    /** The lines of an execution as text. */
    @Get(uri = "/{executionId}/download", produces = MediaType.TEXT_PLAIN)
    public StreamedFile download(String executionId, @Nullable @QueryValue Level minLevel, @Nullable @QueryValue String taskRunId,
        @Nullable @QueryValue String taskId, @Nullable @QueryValue Integer attempt) {
        var content = logs.getExecutionLogsAsStream(Tenant.MAIN, executionId, minLevel, taskRunId, asList(taskId), attempt, true);
        return new StreamedFile(content, MediaType.TEXT_PLAIN_TYPE).attach(executionId + ".log");
    }

    /** The lines of an execution as server-sent events: those there are, then each new one, until the caller hangs up. */
    @Get(uri = "/{executionId}/follow", produces = MediaType.TEXT_EVENT_STREAM)
    public Flux<Event<FollowLogEvent>> follow(String executionId, @Nullable @QueryValue Level minLevel) {
        String subscriber = UUID.randomUUID().toString();
        return Flux.<Event<FollowLogEvent>> create(sink -> {
            sink.next(Event.of(FollowLogEvent.from(LogEntry.builder().build())).id("start"));
            store.findByExecutionId(Tenant.MAIN, executionId, minLevel)
                .forEach(entry -> sink.next(Event.of(FollowLogEvent.from(entry)).id("progress")));
            streams.registerSubscriber(executionId, subscriber, sink, levelFilter(minLevel));
        }).doFinally(signal -> streams.unregisterSubscriber(executionId, subscriber));
    }

    /** Lines by filters, a page at a time. */
    @Get("/search")
    public PagedResults<LogEntry> search(HttpRequest<?> request, @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size, @Nullable @QueryValue List<String> sort) {
        Page<LogEntry> found = store.find(
            Pages.of(page, size, sort, field -> field), Tenant.MAIN, QueryFilters.only(request));
        return new PagedResults<>(found.getContent(), found.getTotalSize());
    }

    /** Deletes lines of an execution. */
    @Delete("/{executionId}")
    @Status(HttpStatus.NO_CONTENT)
    public void delete(String executionId, @Nullable @QueryValue Level minLevel, @Nullable @QueryValue String taskRunId,
        @Nullable @QueryValue String taskId, @Nullable @QueryValue Integer attempt) {
        store.deleteByQuery(Tenant.MAIN, executionId, taskId, taskRunId, minLevel, attempt);
    }

    @Nullable
    private static List<String> asList(@Nullable String taskId) {
        return taskId == null ? null : List.of(taskId);
    }

    private static List<QueryFilter> levelFilter(@Nullable Level level) {
        return Optional.ofNullable(level)
            .map(least -> List.of(QueryFilter.builder()
                .field(QueryFilter.Field.LEVEL)
                .operation(QueryFilter.Op.EQUALS)
                .value(least.name())
                .build()))
            .orElse(List.of());
    }
}
