package opsflows.engine.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

import io.grpc.ServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.kestra.controller.DefaultController;
import io.kestra.controller.config.ControllerConfiguration;
import io.kestra.controller.config.GrpcConfiguration;
import io.kestra.controller.grpc.InternalCallServerInterceptor;
import io.kestra.controller.grpc.WorkerControllerService;
import io.kestra.core.metrics.MetricRegistry;
import io.kestra.core.server.ServiceStateChangeEvent;

import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;

/** Kestra's controller, reachable from this machine only: its gRPC port has no authentication. */
@Singleton
@Replaces(DefaultController.class)
public class LoopbackController extends DefaultController {
    private final List<WorkerControllerService> services;
    private final GrpcConfiguration grpc;

    LoopbackController(List<WorkerControllerService> services, GrpcConfiguration grpc, ControllerConfiguration controller,
        MetricRegistry metrics, ApplicationEventPublisher<ServiceStateChangeEvent> events) {
        super(services, grpc, controller, metrics, events);
        this.services = services;
        this.grpc = grpc;
    }

    @Override
    protected ServerBuilder<?> buildServer(int port) {
        NettyServerBuilder builder = NettyServerBuilder
            .forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .intercept(new InternalCallServerInterceptor())
            .maxInboundMessageSize(grpc.maxInboundMessageSize())
            .addService(healthStatusManager.getHealthService());
        services.forEach(builder::addService);
        return builder;
    }
}
