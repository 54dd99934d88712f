package opsflows.engine.api;

import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;

import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.flows.State;
import io.kestra.core.models.triggers.AbstractTrigger;
import io.kestra.core.models.triggers.Backfill;
import io.kestra.core.models.triggers.TriggerId;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.repositories.TriggerRepositoryInterface;
import io.kestra.core.scheduler.events.CreateBackfillTrigger;
import io.kestra.core.scheduler.events.DeleteBackfillTrigger;
import io.kestra.core.scheduler.events.SetDisableTrigger;
import io.kestra.core.scheduler.events.SetPauseBackfillTrigger;
import io.kestra.core.scheduler.events.TriggerEvent;
import io.kestra.core.scheduler.model.TriggerState;
import io.kestra.core.scheduler.model.TriggerType;
import io.kestra.core.scheduler.queue.TriggerEventQueue;
import io.kestra.core.utils.ListUtils;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
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
import opsflows.engine.service.Operations;

/** Scheduled and polling triggers: list, disable, backfill. */
@Controller("/api/v1/main/triggers")
@ExecuteOn(TaskExecutors.IO)
public class TriggerController {
    private final TriggerRepositoryInterface triggers;
    private final FlowRepositoryInterface flows;
    private final TriggerEventQueue queue;
    private final Operations operations;

    TriggerController(TriggerRepositoryInterface triggers, FlowRepositoryInterface flows, TriggerEventQueue queue, Operations operations) {
        this.triggers = triggers;
        this.flows = flows;
        this.queue = queue;
        this.operations = operations;
    }

    /** Names a trigger. */
    public record Id(String namespace, String flowId, String triggerId) {
        TriggerId toTriggerId() {
            return TriggerId.of(Tenant.MAIN, namespace, flowId, triggerId);
        }
    }

    /** Switches a trigger on or off. */
    public record DisableRequest(String namespace, String flowId, String triggerId, boolean disabled,
        @Nullable Boolean recoverMissedSchedules) {
    }

    /** Asks for the executions of a past time. */
    public record BackfillRequest(String namespace, String flowId, String triggerId, CreateBackfillTrigger.Backfill backfill) {
    }

    /** The scheduler's state of a trigger, as the API shows it. */
    public record ApiState(String namespace, String flowId, String triggerId, Instant updatedAt, @Nullable Instant evaluatedAt,
        @Nullable Instant nextEvaluationDate, @Nullable Backfill backfill, @Nullable List<State.Type> stopAfter, boolean disabled,
        boolean locked, @Nullable String workerId, @Nullable Instant lastTriggeredDate, @Nullable String executionId, TriggerType kind) {
        static ApiState of(TriggerState state) {
            return new ApiState(state.getNamespace(), state.getFlowId(), state.getTriggerId(), state.getUpdatedAt(),
                state.getEvaluatedAt(), state.getNextEvaluationDate(), state.getBackfill(), state.getStopAfter(),
                state.isDisabled(), state.isLocked(), state.getWorkerId(), state.getLastTriggeredDate(), state.getExecutionId(),
                state.getType());
        }
    }

    /** A trigger's definition beside its state. */
    public record TriggerAndState(@Nullable AbstractTrigger trigger, ApiState state) {
    }

    /** Triggers by filters, a page at a time. */
    @Get("/search")
    public PagedResults<TriggerAndState> search(HttpRequest<?> request, @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size, @Nullable @QueryValue List<String> sort) {
        return PagedResults.of(triggers
            .find(Pages.of(page, size, sort, triggers.sortMapping()), Tenant.MAIN, QueryFilters.only(request))
            .map(state -> new TriggerAndState(definition(state), ApiState.of(state))));
    }

    /** The triggers of one flow, a page at a time. */
    @Get("/{namespace}/{flowId}")
    public PagedResults<ApiState> ofFlow(String namespace, String flowId, @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size, @Nullable @QueryValue String q, @Nullable @QueryValue List<String> sort) {
        return PagedResults.of(triggers
            .find(Pages.of(page, size, sort, triggers.sortMapping()), q, Tenant.MAIN, namespace, flowId, null)
            .map(ApiState::of));
    }

    /** Switches a trigger on or off. */
    @Put("/set-disabled")
    public ApiState setDisabled(@Body DisableRequest request) throws TimeoutException {
        Id id = new Id(request.namespace(), request.flowId(), request.triggerId());
        return send(id, (trigger, operation) -> new SetDisableTrigger(
            trigger, request.disabled(), request.recoverMissedSchedules()).withOperationId(operation));
    }

    /** Starts a backfill. */
    @Put("/backfill/create")
    public ApiState createBackfill(@Body BackfillRequest request) throws TimeoutException {
        Id id = new Id(request.namespace(), request.flowId(), request.triggerId());
        return send(id, (trigger, operation) -> new CreateBackfillTrigger(trigger, request.backfill()).withOperationId(operation));
    }

    /** Holds a backfill. */
    @Put("/backfill/pause")
    public ApiState pauseBackfill(@Body Id id) throws TimeoutException {
        return send(id, (trigger, operation) -> new SetPauseBackfillTrigger(trigger, true).withOperationId(operation));
    }

    /** Lets a held backfill go on. */
    @Put("/backfill/unpause")
    public ApiState unpauseBackfill(@Body Id id) throws TimeoutException {
        return send(id, (trigger, operation) -> new SetPauseBackfillTrigger(trigger, false).withOperationId(operation));
    }

    /** Ends a backfill. */
    @Post("/backfill/delete")
    public ApiState deleteBackfill(@Body Id id) throws TimeoutException {
        return send(id, (trigger, operation) -> new DeleteBackfillTrigger(trigger).withOperationId(operation));
    }

    private ApiState send(Id id, BiFunction<TriggerId, String, TriggerEvent> event) throws TimeoutException {
        TriggerId trigger = id.toTriggerId();
        find(trigger);
        operations.await(trigger.uid(), operation -> queue.send(event.apply(trigger, operation)));
        return ApiState.of(find(trigger));
    }

    private TriggerState find(TriggerId id) {
        return triggers.findById(id).orElseThrow(() -> new NoSuchElementException("Unable to find trigger '" + id.uid() + "'"));
    }

    @Nullable
    private AbstractTrigger definition(TriggerState state) {
        Optional<Flow> flow = flows.findByIdWithoutAcl(Tenant.MAIN, state.getNamespace(), state.getFlowId(), Optional.empty());
        return flow.flatMap(found -> ListUtils.emptyOnNull(found.getTriggers()).stream()
            .filter(trigger -> trigger.getId().equals(state.getTriggerId()))
            .findFirst()).orElse(null);
    }
}
