package opsflows.engine.api;

import java.time.ZonedDateTime;
import java.util.List;

import io.kestra.core.models.executions.MetricEntry;
import io.kestra.core.models.executions.metrics.MetricAggregations;
import io.kestra.core.repositories.MetricRepositoryInterface;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.model.Pageable;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

import opsflows.engine.http.PagedResults;
import opsflows.engine.http.Pages;
import opsflows.engine.http.Tenant;

/** Metrics that task runs emitted. */
@Controller("/api/v1/main/metrics")
@ExecuteOn(TaskExecutors.IO)
public class MetricController {
    private static final int DEFAULT_DAYS = 30;

    private final MetricRepositoryInterface metrics;

    MetricController(MetricRepositoryInterface metrics) {
        this.metrics = metrics;
    }

    /** The metrics of an execution, or of one task or task run of it, a page at a time. */
    @Get("/{executionId}")
    public PagedResults<MetricEntry> ofExecution(String executionId, @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size, @Nullable @QueryValue List<String> sort, @Nullable @QueryValue String taskRunId,
        @Nullable @QueryValue String taskId) {
        Pageable pageable = Pages.of(page, size, sort, metrics.sortMapping());
        if (taskId != null) {
            return PagedResults.of(metrics.findByExecutionIdAndTaskId(Tenant.MAIN, executionId, taskId, pageable));
        }
        return PagedResults.of(taskRunId != null
            ? metrics.findByExecutionIdAndTaskRunId(Tenant.MAIN, executionId, taskRunId, pageable)
            : metrics.findByExecutionId(Tenant.MAIN, executionId, pageable));
    }

    /** The names of the metrics of a flow. */
    @Get("/names/{namespace}/{flowId}")
    public List<String> names(String namespace, String flowId) {
        return metrics.flowMetrics(Tenant.MAIN, namespace, flowId);
    }

    /** The names of the metrics of one task of a flow. */
    @Get("/names/{namespace}/{flowId}/{taskId}")
    public List<String> taskNames(String namespace, String flowId, String taskId) {
        return metrics.taskMetrics(Tenant.MAIN, namespace, flowId, taskId);
    }

    /** The tasks of a flow that emitted metrics. */
    @Get("/tasks/{namespace}/{flowId}")
    public List<String> tasks(String namespace, String flowId) {
        return metrics.tasksWithMetrics(Tenant.MAIN, namespace, flowId);
    }

    /** One metric of a flow over time, 30 days unless told otherwise. */
    @Get("/aggregates/{namespace}/{flowId}/{metric}")
    public MetricAggregations aggregate(String namespace, String flowId, String metric, @Nullable @QueryValue ZonedDateTime startDate,
        @Nullable @QueryValue ZonedDateTime endDate, @QueryValue(defaultValue = "sum") String aggregation) {
        return aggregateTask(namespace, flowId, null, metric, startDate, endDate, aggregation);
    }

    /** One metric of one task over time, 30 days unless told otherwise. */
    @Get("/aggregates/{namespace}/{flowId}/{taskId}/{metric}")
    public MetricAggregations aggregateTask(String namespace, String flowId, @Nullable String taskId, String metric,
        @Nullable @QueryValue ZonedDateTime startDate, @Nullable @QueryValue ZonedDateTime endDate,
        @QueryValue(defaultValue = "sum") String aggregation) {
        ZonedDateTime end = endDate == null ? ZonedDateTime.now() : endDate;
        ZonedDateTime start = startDate == null ? end.minusDays(DEFAULT_DAYS) : startDate;
        return metrics.aggregateByFlowId(Tenant.MAIN, namespace, flowId, taskId, metric, start, end, aggregation);
    }
}
