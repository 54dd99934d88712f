package opsflows.engine.service;

import java.util.NoSuchElementException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import io.kestra.core.executor.command.ExecutionCommand;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.ExecutionKilled;
import io.kestra.core.models.executions.ExecutionKilledExecution;
import io.kestra.core.queues.BroadcastQueueInterface;
import io.kestra.core.queues.DispatchQueueInterface;
import io.kestra.core.repositories.ExecutionRepositoryInterface;

import jakarta.inject.Singleton;

import opsflows.engine.http.Tenant;

/** Hands commands to the executor and returns the execution as it left it. */
@Singleton
public class Commands {
    private final Operations operations;
    private final DispatchQueueInterface<ExecutionCommand> queue;
    private final BroadcastQueueInterface<ExecutionKilled> killQueue;
    private final ExecutionRepositoryInterface executions;

    Commands(Operations operations, DispatchQueueInterface<ExecutionCommand> queue,
        BroadcastQueueInterface<ExecutionKilled> killQueue, ExecutionRepositoryInterface executions) {
        this.operations = operations;
        this.queue = queue;
        this.killQueue = killQueue;
        this.executions = executions;
    }

    /**
     * Sends a command.
     *
     * @param executionId the execution that the command creates or changes
     * @param command builds the command around the operation's id
     * @throws IllegalStateException if the executor refused the command
     * @throws TimeoutException if the executor did not answer in time; the command may still be carried out
     */
    public Execution send(String executionId, Function<String, ExecutionCommand> command) throws TimeoutException {
        operations.await(executionId, operationId -> queue.emit(command.apply(operationId)));
        return find(executionId);
    }

    /** Asks the workers to stop what runs, and the executor to end the execution as killed. */
    public Execution kill(Execution execution, boolean cascade) throws TimeoutException {
        operations.await(execution.getId(), operationId -> killQueue.emit(ExecutionKilledExecution.builder()
            .state(ExecutionKilled.State.REQUESTED)
            .tenantId(execution.getTenantId())
            .executionId(execution.getId())
            .isOnKillCascade(cascade)
            .operationId(operationId)
            .build()));
        return find(execution.getId());
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
}
