package opsflows.engine;

import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;

import opsflows.engine.server.Services;

/** The entry point: boots Kestra's services in this process, then the HTTP façade, then says so in one line. */
public final class Engine {
    private Engine() {
    }

    /**
     * Starts the engine and leaves it running until the process is ended.
     *
     * @param args none; settings are system properties named in application.yml
     */
    public static void main(String[] args) {
        try {
            ApplicationContext context = ApplicationContext.builder().mainClass(Engine.class).start();
            context.getBean(Services.class).start();
            EmbeddedServer server = context.getBean(EmbeddedServer.class).start();
            // SIGTERM must end the services before the JVM dies, or the next start waits for their lease to expire.
            Runtime.getRuntime().addShutdownHook(new Thread(context::close, "engine-shutdown"));
            System.out.println("opsflows engine ready on " + server.getURL());
            System.out.flush();
        } catch (Throwable error) {
            error.printStackTrace();
            // The services' threads are not daemons: without this a failed start would hang for ever.
            Runtime.getRuntime().halt(1);
        }
    }
}
