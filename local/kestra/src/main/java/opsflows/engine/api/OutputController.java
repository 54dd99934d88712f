package opsflows.engine.api;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

import io.kestra.core.exceptions.InternalException;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.TaskRun;
import io.kestra.core.services.ExecutionOutputService;
import io.kestra.core.services.TaskOutputService;
import io.kestra.core.utils.ListUtils;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

import opsflows.engine.service.Commands;

/** Outputs of executions and of their task runs, which since 2.0 are not part of the execution. */
@Controller("/api/v1/main/outputs")
@ExecuteOn(TaskExecutors.IO)
public class OutputController {
    private final Commands executions;
    private final ExecutionOutputService flowOutputs;
    private final TaskOutputService taskOutputs;

    OutputController(Commands executions, ExecutionOutputService flowOutputs, TaskOutputService taskOutputs) {
        this.executions = executions;
        this.flowOutputs = flowOutputs;
        this.taskOutputs = taskOutputs;
    }

    /** Which task run has outputs. */
    public record Information(String taskId, String taskRunId, String value, Integer iteration) {
    }

    /** The outputs that the flow declares. */
    @Get("/executions/{executionId}")
    public Map<String, Object> ofExecution(String executionId) throws InternalException {
        Map<String, Object> outputs = flowOutputs.getOutputs(executions.find(executionId));
        return outputs == null ? Map.of() : outputs;
    }

    /** The task runs that have outputs. */
    @Get("/tasks/{executionId}")
    public List<Information> taskRuns(String executionId) {
        Execution execution = executions.find(executionId);
        return ListUtils.emptyOnNull(execution.getTaskRunList()).stream()
            .filter(run -> !outputs(run).isEmpty())
            .map(run -> new Information(run.getTaskId(), run.getId(), run.getValue(), run.getIteration()))
            .toList();
    }

    /** The outputs of one task run. */
    @Get("/tasks/{executionId}/{taskRunId}")
    public Map<String, Object> ofTaskRun(String executionId, String taskRunId) {
        return ListUtils.emptyOnNull(executions.find(executionId).getTaskRunList()).stream()
            .filter(run -> run.getId().equals(taskRunId))
            .findFirst()
            .map(this::outputs)
            .orElseThrow(() -> new NoSuchElementException("Unable to find task run '" + taskRunId + "'"));
    }

    private Map<String, Object> outputs(TaskRun run) {
        try {
            Map<String, Object> outputs = taskOutputs.getOutputs(run);
            return outputs == null ? Map.of() : outputs;
        } catch (InternalException e) {
            throw new IllegalStateException("Unable to read the outputs of task run '" + run.getId() + "'", e);
        }
    }
}
