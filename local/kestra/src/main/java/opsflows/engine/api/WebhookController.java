package opsflows.engine.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.http.HttpRequest.RequestBody;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.flows.FlowWithException;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.runners.RunContextFactory;
import io.kestra.core.services.WebhookService;
import io.kestra.core.storages.StorageContext;
import io.kestra.core.utils.IdUtils;
import io.kestra.core.utils.ListUtils;
import io.kestra.plugin.core.trigger.AbstractWebhookTrigger;
import io.kestra.plugin.core.trigger.AbstractWebhookTrigger.FetchType;
import io.kestra.plugin.core.trigger.WebhookContext;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import reactor.core.publisher.Mono;

import opsflows.engine.http.Errors;
import opsflows.engine.http.Tenant;
import opsflows.engine.service.WebhookBodies;

/** The anonymous URLs that start executions: what the trigger does with a call is Kestra's own code. */
@Controller("/api/v1/main/executions/webhook")
@ExecuteOn(TaskExecutors.IO)
public class WebhookController {
    private static final byte[] EMPTY = new byte[0];

    private final FlowRepositoryInterface flows;
    private final RunContextFactory runContexts;
    private final WebhookService webhooks;
    private final WebhookBodies bodies;

    WebhookController(FlowRepositoryInterface flows, RunContextFactory runContexts, WebhookService webhooks, WebhookBodies bodies) {
        this.flows = flows;
        this.runContexts = runContexts;
        this.webhooks = webhooks;
        this.bodies = bodies;
    }

    /** A call without a body. */
    @Get(uri = "/{namespace}/{flowId}/{key}{/path}")
    public Mono<HttpResponse<?>> get(HttpRequest<?> request, String namespace, String flowId, String key,
        @Nullable @PathVariable String path) throws Exception {
        return call(request, namespace, flowId, key, path, EMPTY);
    }

    /** A call with any body. */
    @Post(uri = "/{namespace}/{flowId}/{key}{/path}", consumes = MediaType.ALL)
    public Mono<HttpResponse<?>> post(HttpRequest<?> request, String namespace, String flowId, String key,
        @Nullable @PathVariable String path, @Nullable @Body byte[] body) throws Exception {
        return call(request, namespace, flowId, key, path, body == null ? EMPTY : body);
    }

    /** A call with any body. */
    @Put(uri = "/{namespace}/{flowId}/{key}{/path}", consumes = MediaType.ALL)
    public Mono<HttpResponse<?>> put(HttpRequest<?> request, String namespace, String flowId, String key,
        @Nullable @PathVariable String path, @Nullable @Body byte[] body) throws Exception {
        return call(request, namespace, flowId, key, path, body == null ? EMPTY : body);
    }

    private Mono<HttpResponse<?>> call(HttpRequest<?> request, String namespace, String flowId, String key,
        @Nullable String path, byte[] body) throws Exception {
        Optional<Flow> flow = flows.findByIdForExecutionWithoutAcl(Tenant.MAIN, namespace, flowId)
            .filter(found -> !found.isDisabled() && !(found instanceof FlowWithException));
        Optional<AbstractWebhookTrigger> trigger = flow.flatMap(found -> trigger(found, key));
        if (trigger.isEmpty()) {
            return Mono.just(Errors.status(request, HttpStatus.NOT_FOUND, "Not Found"));
        }
        WebhookContext context = context(request, flow.get(), trigger.get(), path, body);
        return trigger.get().evaluate(context).map(WebhookController::answer);
    }

    private Optional<AbstractWebhookTrigger> trigger(Flow flow, String key) {
        return ListUtils.emptyOnNull(flow.getTriggers()).stream()
            .filter(AbstractWebhookTrigger.class::isInstance)
            .map(AbstractWebhookTrigger.class::cast)
            .filter(trigger -> !trigger.isDisabled() && hasKey(flow, trigger, key))
            .findFirst();
    }

    private boolean hasKey(Flow flow, AbstractWebhookTrigger trigger, String key) {
        try {
            String expected = runContexts.of(flow, trigger).render(trigger.getKey());
            return MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalVariableEvaluationException e) {
                // A key that names a secret which is not there: no call can match it.
            return false;
        }
    }

    private WebhookContext context(HttpRequest<?> request, Flow flow, AbstractWebhookTrigger trigger, @Nullable String path,
        byte[] body) throws Exception {
        String executionId = IdUtils.create();
        StorageContext files = StorageContext.forExecution(Tenant.MAIN, flow.getNamespace(), flow.getId(), executionId);
        MediaType type = request.getContentType().orElse(null);
        boolean multipart = WebhookBodies.isMultipart(type);
        boolean store = trigger.getFetchType() == FetchType.STORE && !multipart && body.length > 0;
        boolean read = multipart || trigger.getFetchType() == FetchType.FETCH;
        RequestBody content = read ? bodies.read(files, type, body) : null;
        return WebhookContext.builder()
            .request(io.kestra.core.http.HttpRequest.of(request.getUri(), request.getMethodName(), content, headers(request)))
            .path(path == null || path.isEmpty() ? null : path)
            .flow(flow)
            .trigger(trigger)
            .webhookService(webhooks)
            .executionId(executionId)
            .storedBodyUri(store ? bodies.store(files, body) : null)
            .build();
    }

    private static Map<String, List<String>> headers(HttpRequest<?> request) {
        Map<String, List<String>> headers = new HashMap<>();
        request.getHeaders().forEach((name, values) -> headers.put(name, List.copyOf(values)));
        return headers;
    }

    private static HttpResponse<?> answer(io.kestra.core.http.HttpResponse<?> response) {
        MutableHttpResponse<Object> answer = HttpResponse.status(HttpStatus.valueOf(response.getStatus().getCode()));
        if (response.getBody() != null) {
            answer.body(response.getBody());
        }
        if (response.getHeaders() != null) {
            response.getHeaders().map().forEach((name, values) -> values.forEach(value -> answer.header(name, value)));
        }
        return answer;
    }
}
