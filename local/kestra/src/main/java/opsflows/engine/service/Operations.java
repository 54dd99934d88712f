package opsflows.engine.service;

import java.util.concurrent.TimeoutException;

import io.kestra.core.async.AsyncOperationProcessedEvent;
import io.kestra.core.async.AsyncOperationProcessedEvent.Outcome;
import io.kestra.core.async.AsyncOperationsConfiguration;
import io.kestra.core.queues.QueueException;
import io.kestra.core.services.AsyncOperationWaiter;

import jakarta.inject.Singleton;

/** Puts something on a queue and waits until the service that reads the queue says that it is done. */
@Singleton
public class Operations {
    private final AsyncOperationWaiter waiter;
    private final AsyncOperationsConfiguration settings;

    Operations(AsyncOperationWaiter waiter, AsyncOperationsConfiguration settings) {
        this.waiter = waiter;
        this.settings = settings;
    }

    /** Puts a message that carries the operation's id on a queue. */
    @FunctionalInterface
    public interface Emission {
        /** Emits the message. */
        void emit(String operationId) throws QueueException;
    }

    /**
     * Emits and waits.
     *
     * @param itemId the id under which the answer comes: an execution's or a trigger's
     * @throws IllegalStateException if the service refused
     * @throws TimeoutException if it did not answer in time; it may still act
     */
    public void await(String itemId, Emission emission) throws TimeoutException {
        AsyncOperationProcessedEvent event = waiter.submitAndWait(itemId, operationId -> {
            try {
                emission.emit(operationId);
            } catch (QueueException e) {
                throw new IllegalStateException("Unable to queue the command: " + e.getMessage(), e);
            }
        }, settings.waitTimeout());
        if (event.outcome() == Outcome.FAILED) {
            throw new IllegalStateException(event.error());
        }
    }
}
