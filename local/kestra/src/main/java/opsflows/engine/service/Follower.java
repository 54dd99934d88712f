package opsflows.engine.service;

import java.util.Map;
import java.util.UUID;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.services.ExecutionStreamingService;
import io.kestra.core.utils.UriProvider;

import io.micronaut.http.sse.Event;
import jakarta.inject.Singleton;
import reactor.core.publisher.Flux;

/** Follows executions to their end, and renders them with their link as the API returns them. */
@Singleton
public class Follower {
    private final ExecutionStreamingService streams;
    private final FlowRepositoryInterface flows;
    private final UriProvider uris;
    private final ObjectMapper json;

    Follower(ExecutionStreamingService streams, FlowRepositoryInterface flows, UriProvider uris, ObjectMapper json) {
        this.streams = streams;
        this.flows = flows;
        this.uris = uris;
        this.json = json;
    }

    /** Every state of an execution from now on; the event ids are `start`, `progress` and, for the last one, `end`. */
    public Flux<Event<Execution>> follow(Execution execution) {
        Flow flow = flows.findByExecutionWithoutAcl(execution);
        String subscriber = UUID.randomUUID().toString();
        return Flux.<Event<Execution>> create(sink -> {
            // Kestra opens each stream with an event that has nothing but the id.
            sink.next(Event.of(Execution.builder().id(execution.getId()).build()).id("start"));
            if (!streams.isStopFollow(flow, execution)) {
                sink.next(Event.of(execution).id("progress"));
            }
            streams.registerSubscriber(execution.getId(), subscriber, sink, flow);
        }).doFinally(signal -> streams.unregisterSubscriber(execution.getId(), subscriber));
    }

    /** Blocks until an execution has ended, its `afterExecution` tasks included. */
    public Execution last(Execution execution) {
        return follow(execution).last().map(Event::getData).block();
    }

    /** An execution as JSON with the link to its page. */
    public Map<String, Object> withUrl(Execution execution) {
        Map<String, Object> body = json.convertValue(execution, new TypeReference<>() {
        });
        body.put("url", uris.executionUrl(execution));
        return body;
    }
}
