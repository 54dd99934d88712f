package opsflows.engine.service;

import java.util.NoSuchElementException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import io.kestra.core.async.AsyncOperationProcessedEvent;
import io.kestra.core.async.AsyncOperationProcessedEvent.Outcome;
import io.kestra.core.async.AsyncOperationsConfiguration;
import io.kestra.core.executor.command.ExecutionCommand;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.ExecutionKilled;
import io.kestra.core.models.executions.ExecutionKilledExecution;
import io.kestra.core.queues.BroadcastQueueInterface;
import io.kestra.core.queues.DispatchQueueInterface;
import io.kestra.core.queues.QueueException;
import io.kestra.core.repositories.ExecutionRepositoryInterface;
import io.kestra.core.services.AsyncOperationWaiter;

import jakarta.inject.Singleton;

import opsflows.engine.http.Tenant;

/** Hands commands to the executor and waits until it has carried them out, as Kestra's API does. */
@Singleton
public class Commands {
    private final AsyncOperationWaiter waiter;
    private final AsyncOperationsConfiguration settings;
    private final DispatchQueueInterface<ExecutionCommand> queue;
    private final BroadcastQueueInterface<ExecutionKilled> killQueue;
    private final ExecutionRepositoryInterface executions;

    Commands(AsyncOperationWaiter waiter, AsyncOperationsConfiguration settings, DispatchQueueInterface<ExecutionCommand> queue,
        BroadcastQueueInterface<ExecutionKilled> killQueue, ExecutionRepositoryInterface executions) {
        this.waiter = waiter;
        this.settings = settings;
        this.queue = queue;
        this.killQueue = killQueue;
        this.executions = executions;
    }

    /** A step that puts something on a queue. */
    @FunctionalInterface
    private interface Emission {
        void emit(String operationId) throws QueueException;
    }

    /**
     * Sends a command and returns the execution as the executor left it.
     *
     * @param executionId the execution that the command creates or changes
     * @param command builds the command around the operation's id
     * @throws IllegalStateException if the executor refused the command
     * @throws TimeoutException if the executor did not answer in time; the command may still be carried out
     */
    public Execution send(String executionId, Function<String, ExecutionCommand> command) throws TimeoutException {
        return await(executionId, operationId -> queue.emit(command.apply(operationId)));
    }

    /** Asks the workers to stop what runs, and the executor to end the execution as killed. */
    public Execution kill(Execution execution, boolean cascade) throws TimeoutException {
        return await(execution.getId(), operationId -> killQueue.emit(ExecutionKilledExecution.builder()
            .state(ExecutionKilled.State.REQUESTED)
            .tenantId(execution.getTenantId())
            .executionId(execution.getId())
            .isOnKillCascade(cascade)
            .operationId(operationId)
            .build()));
    }

    /**
     * Reads an execution.
     *
     * @throws NoSuchElementException if there is none of this id
     */
    public Execution find(String executionId) {
        return executions.findById(Tenant.MAIN, executionId)
            .orElseThrow(() -> new NoSuchElementException("Unable to find execution '" + executionId + "'"));
    }

    private Execution await(String executionId, Emission emission) throws TimeoutException {
        AsyncOperationProcessedEvent event = waiter.submitAndWait(executionId, operationId -> {
            try {
                emission.emit(operationId);
            } catch (QueueException e) {
                throw new IllegalStateException("Unable to queue the command: " + e.getMessage(), e);
            }
        }, settings.waitTimeout());
        if (event.outcome() == Outcome.FAILED) {
            throw new IllegalStateException(event.error());
        }
        return find(executionId);
    }
}
