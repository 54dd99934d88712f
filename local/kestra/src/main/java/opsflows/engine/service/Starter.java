package opsflows.engine.service;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

import org.reactivestreams.Publisher;

import io.kestra.core.debug.Breakpoint;
import io.kestra.core.executor.command.Create;
import io.kestra.core.models.Label;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.ExecutionId;
import io.kestra.core.models.executions.ExecutionKind;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.flows.FlowWithException;
import io.kestra.core.models.flows.State;
import io.kestra.core.models.flows.check.Check;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.runners.FlowInputOutput;
import io.kestra.core.services.FlowService;
import io.kestra.core.utils.IdUtils;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.multipart.CompletedPart;
import jakarta.inject.Singleton;
import reactor.core.publisher.Flux;

import opsflows.engine.http.Tenant;

/** Starts executions on behalf of an API caller: finds the flow, reads the inputs, evaluates the checks. */
@Singleton
public class Starter {
    private final FlowRepositoryInterface flows;
    private final FlowService flowService;
    private final FlowInputOutput inputReader;
    private final Commands commands;

    Starter(FlowRepositoryInterface flows, FlowService flowService, FlowInputOutput inputReader, Commands commands) {
        this.flows = flows;
        this.flowService = flowService;
        this.inputReader = inputReader;
        this.commands = commands;
    }

    /**
     * What a caller may say of a new execution, apart from its inputs.
     *
     * @param labels `key:value` each
     * @param breakpoints task ids separated by commas
     */
    public record Request(@Nullable List<String> labels, @Nullable Instant scheduleDate, @Nullable String breakpoints,
        @Nullable ExecutionKind kind) {
    }

    /**
     * Finds the revision that a new execution would run.
     *
     * @throws NoSuchElementException if there is no such flow
     * @throws IllegalStateException if it is disabled or invalid
     */
    public Flow flow(String namespace, String id, @Nullable Integer revision) {
        Flow flow = (revision == null
            ? flows.findByIdForExecution(Tenant.MAIN, namespace, id)
            : flows.findById(Tenant.MAIN, namespace, id, Optional.of(revision)))
                .orElseThrow(() -> new NoSuchElementException("Flow '" + namespace + "." + id + "' not found"));
        if (flow.isDisabled()) {
            throw new IllegalStateException("Cannot execute a disabled flow");
        }
        if (flow instanceof FlowWithException invalid) {
            throw new IllegalStateException("Cannot execute an invalid flow: " + invalid.getException());
        }
        return flow;
    }

    /** Starts an execution and returns it as the executor created it. */
    public Execution start(Flow flow, Request request, @Nullable Publisher<CompletedPart> parts) throws TimeoutException {
        String executionId = IdUtils.create();
        List<Label> labels = labels(request.labels());
        Map<String, Object> inputs = inputReader
            .readExecutionInputs(flow, executionId, labels, parts == null ? Flux.empty() : parts)
            .block();
        labels.add(new Label(Label.FROM, Label.FromLabel.API.value));
        Create create = Create.of(new ExecutionId(Tenant.MAIN, flow.getNamespace(), flow.getId(), executionId, flow.getRevision()))
            .withLabels(labels)
            .withInputs(inputs)
            .withKind(request.kind())
            .withScheduleDate(request.scheduleDate())
            .withBreakpoints(breakpoints(request.breakpoints()))
            .withStateType(stateAfterChecks(flow, inputs));
        return commands.send(executionId, create::withOperationId);
    }

    @Nullable
    private State.Type stateAfterChecks(Flow flow, Map<String, Object> inputs) {
        List<Check> failed = flowService.getFailedChecks(flow, inputs);
        return switch (Check.resolveBehavior(failed)) {
            case BLOCK_EXECUTION -> throw new IllegalArgumentException("Flow execution blocked: one or more condition checks evaluated to false."
                + "\nFailed checks: " + String.join(", ", failed.stream().map(Check::getMessage).toList()));
            case FAIL_EXECUTION -> State.Type.FAILED;
            case CREATE_EXECUTION -> null;
        };
    }

    private static List<Label> labels(@Nullable List<String> texts) {
        List<Label> labels = new ArrayList<>();
        for (String text : texts == null ? List.<String> of() : texts) {
            String[] pair = text.split(":", 2);
            if (pair.length != 2) {
                throw new IllegalArgumentException("Invalid label '" + text + "': write key:value");
            }
            if (pair[0].startsWith(Label.SYSTEM_PREFIX) && !pair[0].equals(Label.CORRELATION_ID)) {
                throw new IllegalArgumentException("System labels can only be set by Kestra itself, offending label: " + pair[0]);
            }
            labels.add(new Label(pair[0], pair[1]));
        }
        return labels;
    }

    @Nullable
    private static List<Breakpoint> breakpoints(@Nullable String text) {
        return text == null ? null : Arrays.stream(text.split(",")).map(Breakpoint::of).toList();
    }
}
