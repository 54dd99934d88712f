package opsflows.engine.api;

import java.util.Map;
import java.util.concurrent.TimeoutException;

import io.kestra.core.executor.command.Pause;
import io.kestra.core.executor.command.Replay;
import io.kestra.core.executor.command.Restart;
import io.kestra.core.executor.command.Resume;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.runners.FlowInputOutput;
import io.kestra.core.services.ExecutionService;
import io.kestra.core.utils.IdUtils;
import io.kestra.plugin.core.flow.Pause.Resumed;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.Status;
import io.micronaut.http.server.multipart.MultipartBody;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import reactor.core.publisher.Flux;

import opsflows.engine.http.Tenant;
import opsflows.engine.service.Commands;

/** What changes an execution that exists: kill, pause, resume, restart, replay. */
@Controller("/api/v1/main/executions/{executionId}/actions")
@ExecuteOn(TaskExecutors.IO)
public class ExecutionActionController {
    private final Commands commands;
    private final ExecutionService service;
    private final FlowRepositoryInterface flows;
    private final FlowInputOutput inputReader;

    ExecutionActionController(Commands commands, ExecutionService service, FlowRepositoryInterface flows, FlowInputOutput inputReader) {
        this.commands = commands;
        this.service = service;
        this.flows = flows;
        this.inputReader = inputReader;
    }

    /** Stops a running execution and, unless told otherwise, its subflows. */
    @Delete("/kill")
    @Status(HttpStatus.ACCEPTED)
    public Execution kill(String executionId, @QueryValue(defaultValue = "true") boolean isOnKillCascade) throws TimeoutException {
        Execution execution = commands.find(executionId);
        if (execution.getState().isTerminated()) {
            throw new IllegalStateException("Execution is already finished, can't kill it");
        }
        return commands.kill(execution, isOnKillCascade);
    }

    /** Pauses a running execution after its current tasks. */
    @Post("/pause")
    public Execution pause(String executionId) throws TimeoutException {
        Pause command = Pause.from(commands.find(executionId));
        return commands.send(executionId, command::withOperationId);
    }

    /** Lets a paused execution go on, with the inputs that its Pause task declares. */
    @Post(uri = "/resume", consumes = MediaType.MULTIPART_FORM_DATA)
    public Execution resume(String executionId, @Nullable @Body MultipartBody inputs) throws TimeoutException {
        Execution execution = service.getExecutionIfPause(Tenant.MAIN, executionId, true);
        Flow flow = flows.findByExecutionWithoutAcl(execution);
        Map<String, Object> values = service.readInputs(execution, flow, inputs == null ? Flux.empty() : inputs).block();
        Resume command = Resume.from(execution, Resumed.now(), values);
        return commands.send(executionId, command::withOperationId);
    }

    /** Runs the failed tasks of an ended execution again. */
    @Post("/restart")
    public Execution restart(String executionId, @Nullable @QueryValue Integer revision) throws TimeoutException {
        Restart command = Restart.from(commands.find(executionId), revision);
        return commands.send(executionId, command::withOperationId);
    }

    /** Runs an ended execution again as a new one, from its start or from one task run. */
    @Post("/replay")
    public Execution replay(String executionId, @Nullable @QueryValue String taskRunId, @Nullable @QueryValue Integer revision,
        @Nullable @QueryValue String breakpoints) throws TimeoutException {
        String newId = IdUtils.create();
        Replay command = Replay.from(commands.find(executionId), newId, taskRunId, revision, breakpoints);
        return commands.send(newId, command::withOperationId);
    }

    /** Runs an ended execution again as a new one with other inputs. */
    @Post(uri = "/replay-with-inputs", consumes = MediaType.MULTIPART_FORM_DATA)
    public Execution replayWithInputs(String executionId, @Body MultipartBody inputs, @Nullable @QueryValue String taskRunId,
        @Nullable @QueryValue Integer revision, @Nullable @QueryValue String breakpoints) throws TimeoutException {
        Execution source = commands.find(executionId);
        Flow flow = flows.findByExecutionWithoutAcl(source);
        String newId = IdUtils.create();
        Map<String, Object> values = inputReader.readExecutionInputs(flow, source, inputs).block();
        Replay command = Replay.from(source, newId, taskRunId, revision, breakpoints).withInputs(values);
        return commands.send(newId, command::withOperationId);
    }
}
