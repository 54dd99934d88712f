package opsflows.engine.http;

import java.io.FileNotFoundException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeoutException;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.databind.JsonMappingException;

import io.kestra.core.exceptions.ConflictException;
import io.kestra.core.exceptions.FlowProcessingException;
import io.kestra.core.exceptions.InputOutputValidationException;
import io.kestra.core.exceptions.InvalidException;
import io.kestra.core.exceptions.InvalidQueryFiltersException;
import io.kestra.core.exceptions.NotFoundException;
import io.kestra.core.exceptions.ResourceExpiredException;
import io.kestra.core.queues.MessageTooBigException;
import io.kestra.core.storages.kv.KVStoreException;

import io.micronaut.core.convert.exceptions.ConversionErrorException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Error;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.web.router.exceptions.UnsatisfiedRouteException;
import jakarta.validation.ConstraintViolationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns every failure into the JSON that Kestra answers: `message`, `_links.self` and, for entities, `_embedded.errors`. */
@Controller
public class Errors {
    private static final Logger LOG = LoggerFactory.getLogger(Errors.class);

    /** The whole mapping in one place; the order does not matter, as no type here extends another. */
    @Error(global = true)
    public HttpResponse<ApiError> any(HttpRequest<?> request, Throwable error) {
        return switch (error) {
            case ConstraintViolationException e -> invalid(request, e);
            case FlowProcessingException e when e.getCause() instanceof ConstraintViolationException cause -> invalid(request, cause);
            case FlowProcessingException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Invalid entity");
            case InputOutputValidationException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Invalid entity");
            case InvalidQueryFiltersException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Invalid query filters");
            case JsonParseException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Invalid json");
            case JsonMappingException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Invalid json mapping");
            case ConversionErrorException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Invalid entity");
            case InvalidException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Invalid entity");
            case NotFoundException e -> answer(request, e, HttpStatus.NOT_FOUND, "Not Found");
            case ConflictException e -> answer(request, e, HttpStatus.CONFLICT, "Conflict");
            case KVStoreException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Illegal argument");
            case IllegalArgumentException e -> answer(request, e, HttpStatus.UNPROCESSABLE_ENTITY, "Illegal argument");
            case IllegalStateException e -> answer(request, e, HttpStatus.CONFLICT, "Illegal state");
            case UnsatisfiedRouteException e -> answer(request, e, HttpStatus.BAD_REQUEST, "Bad Request");
            case NoSuchElementException e -> answer(request, e, HttpStatus.NOT_FOUND, "Not Found");
            case FileNotFoundException e -> answer(request, e, HttpStatus.NOT_FOUND, "Not Found");
            case ResourceExpiredException e -> answer(request, e, HttpStatus.GONE, "Resource has expired");
            case MessageTooBigException e -> answer(request, e, HttpStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large");
            case TimeoutException e -> answer(request, e, HttpStatus.GATEWAY_TIMEOUT, "Gateway Timeout");
            case HttpStatusException e -> answer(request, e, e.getStatus(), e.getStatus().getReason());
            default -> {
                LOG.error("{} {} failed", request.getMethod(), request.getPath(), error);
                yield answer(request, error, HttpStatus.INTERNAL_SERVER_ERROR, "Internal server error");
            }
        };
    }

    /** An error without an exception behind it. */
    public static HttpResponse<ApiError> status(HttpRequest<?> request, HttpStatus status, String message) {
        return respond(request, status, message, List.of());
    }

    private static HttpResponse<ApiError> answer(HttpRequest<?> request, Throwable error, HttpStatus status, String reason) {
        return status(request, status, error.getMessage() == null ? reason : reason + ": " + error.getMessage());
    }

    private static HttpResponse<ApiError> invalid(HttpRequest<?> request, ConstraintViolationException error) {
        List<ApiError.Detail> details = error.getConstraintViolations().stream()
            .map(violation -> new ApiError.Detail(violation.getMessage(), violation.getPropertyPath().toString()))
            .toList();
        return respond(request, HttpStatus.UNPROCESSABLE_ENTITY, "Invalid entity: " + error.getMessage(), details);
    }

    private static HttpResponse<ApiError> respond(HttpRequest<?> request, HttpStatus status, String message,
        List<ApiError.Detail> details) {
        return HttpResponse.<ApiError> status(status).body(ApiError.of(message, request.getUri().toString(), details));
    }
}
