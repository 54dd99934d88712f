package opsflows.engine.api;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

import org.apache.commons.io.FilenameUtils;

import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.storage.FileMetas;
import io.kestra.core.storages.FileAttributes;
import io.kestra.core.storages.StorageContext;
import io.kestra.core.storages.StorageInterface;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

import opsflows.engine.http.Tenant;
import opsflows.engine.service.Commands;

/** The files that an execution left in the internal storage. */
@Controller("/api/v1/main/executions/{executionId}/file")
@ExecuteOn(TaskExecutors.IO)
public class ExecutionFileController {
    private static final int PREVIEW_ROWS = 100;

    private final Commands executions;
    private final StorageInterface storage;

    ExecutionFileController(Commands executions, StorageInterface storage) {
        this.executions = executions;
        this.storage = storage;
    }

    /** The bytes of a file. */
    @Get(produces = MediaType.APPLICATION_OCTET_STREAM)
    public StreamedFile download(String executionId, @QueryValue URI path) throws IOException {
        Execution execution = owner(executionId, path);
        InputStream content = storage.get(Tenant.MAIN, execution.getNamespace(), path);
        return new StreamedFile(content, MediaType.APPLICATION_OCTET_STREAM_TYPE).attach(FilenameUtils.getName(path.getPath()));
    }

    /** The size of a file. */
    @Get("/metas")
    public FileMetas metas(String executionId, @QueryValue URI path) throws IOException {
        Execution execution = owner(executionId, path);
        FileAttributes attributes = storage.getAttributes(Tenant.MAIN, execution.getNamespace(), path);
        return FileMetas.builder().size(attributes.getSize()).build();
    }

    /** The first lines of a text file. */
    @Get("/preview")
    public Map<String, Object> preview(String executionId, @QueryValue URI path, @Nullable @QueryValue Integer maxRows,
        @QueryValue(defaultValue = "UTF-8") String encoding) throws IOException {
        Execution execution = owner(executionId, path);
        int rows = maxRows == null ? PREVIEW_ROWS : maxRows;
        Charset charset = encoding.equals("UTF-8") ? StandardCharsets.UTF_8 : Charset.forName(encoding);
        try (InputStream content = storage.get(Tenant.MAIN, execution.getNamespace(), path)) {
            String[] lines = new String(content.readAllBytes(), charset).split("\n", -1);
            boolean truncated = lines.length > rows;
            String text = String.join("\n", truncated ? Arrays.copyOf(lines, rows) : lines);
            return Map.of(
                "extension", FilenameUtils.getExtension(path.getPath()), "type", "TEXT", "content", text, "truncated", truncated);
        }
    }

    /**
     * Finds the execution and makes sure that the file is its own, or one of the same flow.
     *
     * @throws IllegalArgumentException if the file belongs to something else
     */
    private Execution owner(String executionId, URI path) {
        Execution execution = executions.find(executionId);
        String own = StorageContext.executionsRootUri(execution.getNamespace(), execution.getFlowId()).getPath();
        if (!StorageContext.KESTRA_SCHEME.equals(path.getScheme()) || path.getPath().contains("..") || !path.getPath().startsWith(own)) {
            throw new IllegalArgumentException("Invalid execution id '" + executionId + "' for the file '" + path + "'");
        }
        return execution;
    }
}
