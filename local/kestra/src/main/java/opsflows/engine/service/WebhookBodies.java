package opsflows.engine.service;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.kestra.core.http.HttpRequest.ByteArrayRequestBody;
import io.kestra.core.http.HttpRequest.MultipartFormDataRequestBody;
import io.kestra.core.http.HttpRequest.RequestBody;
import io.kestra.core.http.HttpRequest.StringRequestBody;
import io.kestra.core.storages.InternalStorage;
import io.kestra.core.storages.NamespaceFactory;
import io.kestra.core.storages.Storage;
import io.kestra.core.storages.StorageContext;
import io.kestra.core.storages.StorageInterface;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.MediaType;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.multipart.Attribute;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpPostMultipartRequestDecoder;
import io.netty.handler.codec.http.multipart.InterfaceHttpData;
import jakarta.inject.Singleton;

/** Turns the bytes of a webhook call into what the trigger reads: text, binary, stored file or multipart parts. */
@Singleton
public class WebhookBodies {
    private static final List<String> TEXT_MARKS = List.of("json", "xml", "yaml", "csv", "x-www-form-urlencoded");

    private final StorageInterface storage;
    private final NamespaceFactory namespaces;

    WebhookBodies(StorageInterface storage, NamespaceFactory namespaces) {
        this.storage = storage;
        this.namespaces = namespaces;
    }

    /** Stores the untouched bytes under the execution that the call will create. */
    public URI store(StorageContext execution, byte[] body) throws IOException {
        return files(execution).putFile(new ByteArrayInputStream(body), "body");
    }

    /** Reads a body by its content type; none if it is empty. */
    @Nullable
    public RequestBody read(StorageContext execution, @Nullable MediaType type, byte[] body) throws IOException {
        if (body.length == 0) {
            return null;
        }
        if (isMultipart(type)) {
            return MultipartFormDataRequestBody.builder().charset(charset(type)).content(parts(execution, type, body)).build();
        }
        return isText(type)
            ? StringRequestBody.builder().charset(charset(type)).content(new String(body, charset(type))).build()
            : ByteArrayRequestBody.builder().contentType(type.getName()).content(body).build();
    }

    /** Whether a body of this type has parts. */
    public static boolean isMultipart(@Nullable MediaType type) {
        return type != null && MediaType.MULTIPART_FORM_DATA_TYPE.matchesType(type.getType())
            && "form-data".equals(type.getSubtype());
    }

    private static boolean isText(@Nullable MediaType type) {
        if (type == null || "text".equals(type.getType())) {
            return true;
        }
        String subtype = type.getSubtype().toLowerCase(Locale.ROOT);
        return TEXT_MARKS.stream().anyMatch(subtype::contains);
    }

    private static Charset charset(@Nullable MediaType type) {
        return type == null ? StandardCharsets.UTF_8 : type.getCharset().orElse(StandardCharsets.UTF_8);
    }

    private List<MultipartFormDataRequestBody.Part> parts(StorageContext execution, MediaType type, byte[] body) throws IOException {
        var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/", Unpooled.wrappedBuffer(body));
        request.headers().set(HttpHeaderNames.CONTENT_TYPE, type.toString());
        var decoder = new HttpPostMultipartRequestDecoder(new DefaultHttpDataFactory(false), request);
        try {
            List<MultipartFormDataRequestBody.Part> parts = new ArrayList<>();
            for (InterfaceHttpData data : decoder.getBodyHttpDatas()) {
                parts.add(part(execution, data));
            }
            return parts;
        } finally {
            decoder.destroy();
        }
    }

    private MultipartFormDataRequestBody.Part part(StorageContext execution, InterfaceHttpData data) throws IOException {
        if (data instanceof FileUpload file) {
            byte[] content = file.get();
            URI uri = files(execution).putFile(new ByteArrayInputStream(content), file.getName() + "/" + file.getFilename());
            return new MultipartFormDataRequestBody.FilePart(
                file.getName(), file.getFilename(), file.getContentType(), (long) content.length, uri);
        }
        return new MultipartFormDataRequestBody.FormFieldPart(data.getName(), null, ((Attribute) data).get());
    }

    private Storage files(StorageContext execution) {
        return new InternalStorage(execution, storage, namespaces);
    }
}
