package opsflows.engine.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.kestra.core.runners.Executor;
import io.kestra.core.runners.Indexer;
import io.kestra.core.runners.Scheduler;
import io.kestra.core.runners.Worker;
import io.kestra.core.server.Service;
import io.kestra.core.worker.Controller;
import io.kestra.worker.systemworker.SystemWorker;

import io.micronaut.context.annotation.Value;
import jakarta.inject.Singleton;

/** Starts the services that Kestra's own standalone server starts, each on its own thread, and waits for them. */
@Singleton
public class Services {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private final Executor executor;
    private final Controller controller;
    private final Worker worker;
    private final Scheduler scheduler;
    private final Indexer indexer;
    private final SystemWorker systemWorker;
    private final int workerThreads;

    Services(Executor executor, Controller controller, Worker worker, Scheduler scheduler, Indexer indexer,
        SystemWorker systemWorker, @Value("${opsflows.worker-threads:16}") int workerThreads) {
        this.executor = executor;
        this.controller = controller;
        this.worker = worker;
        this.scheduler = scheduler;
        this.indexer = indexer;
        this.systemWorker = systemWorker;
        this.workerThreads = workerThreads;
    }

    /** Starts every service and returns when all of them are running. */
    public void start() throws InterruptedException {
        run("executor", executor);
        run("controller", controller::start);
        run("indexer", indexer);
        run("scheduler", scheduler);
        run("worker", () -> worker.start(workerThreads));
        run("system-worker", systemWorker::start);
        List.of(executor, controller, indexer, scheduler, worker, systemWorker).forEach(Services::awaitRunning);
    }

    private static void run(String name, Runnable service) {
        Thread thread = new Thread(service, "start-" + name);
        thread.setUncaughtExceptionHandler((failed, error) -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        thread.start();
    }

    private static void awaitRunning(Service service) {
        Instant deadline = Instant.now().plus(START_TIMEOUT);
        while (service.getState() == null || !service.getState().isRunning()) {
            if (Instant.now().isAfter(deadline)) {
                throw new IllegalStateException(service.getType() + " is still " + service.getState() + " after " + START_TIMEOUT);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while starting", e);
        }
    }
}
