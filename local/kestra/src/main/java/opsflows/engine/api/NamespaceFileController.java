package opsflows.engine.api;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;

import io.kestra.core.models.namespaces.files.NamespaceFileMetadata;
import io.kestra.core.namespace.NamespaceFileService;
import io.kestra.core.storages.FileAttributes;
import io.kestra.core.storages.Namespace;
import io.kestra.core.storages.NamespaceFactory;
import io.kestra.core.storages.NamespaceFileAttributes;
import io.kestra.core.storages.StorageInterface;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Part;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.Status;
import io.micronaut.http.multipart.CompletedFileUpload;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

import opsflows.engine.http.Tenant;

/** The files of a namespace, with a revision for each write. */
@Controller("/api/v1/main/namespaces/{namespace}/files")
@ExecuteOn(TaskExecutors.IO)
public class NamespaceFileController {
    private final NamespaceFactory namespaces;
    private final NamespaceFileService revisions;
    private final StorageInterface storage;

    NamespaceFileController(NamespaceFactory namespaces, NamespaceFileService revisions, StorageInterface storage) {
        this.namespaces = namespaces;
        this.revisions = revisions;
        this.storage = storage;
    }

    /** The number of one write of a file. */
    public record Revision(int revision) {
    }

    /** The bytes of a file, of its latest revision unless one is asked for. */
    @Get(produces = MediaType.APPLICATION_OCTET_STREAM)
    public StreamedFile content(String namespace, @QueryValue String path, @Nullable @QueryValue Integer revision) throws IOException {
        Path file = absolute(path);
        InputStream content = of(namespace).getFileContent(file, revision);
        return new StreamedFile(content, MediaType.APPLICATION_OCTET_STREAM_TYPE).attach(file.getFileName().toString());
    }

    /** Name, size, times and type of a file or directory. */
    @Get("/stats")
    public FileAttributes stats(String namespace, @Nullable @QueryValue String path) throws IOException {
        return of(namespace).getFileMetadata(absolute(path));
    }

    /** The revisions of a file, oldest first. */
    @Get("/revisions")
    public List<Revision> revisions(String namespace, @QueryValue String path) {
        return revisions.findRevisions(Tenant.MAIN, namespace, absolute(path).toString()).stream()
            .map(file -> new Revision(file.getRevision()))
            .toList();
    }

    /** The direct children of a directory. */
    @Get("/directory")
    public List<FileAttributes> directory(String namespace, @Nullable @QueryValue String path) throws IOException {
        Namespace files = of(namespace);
        Path directory = absolute(path);
        if (directory.getNameCount() > 0 && !files.exists(Path.of(directory + "/"))) {
            throw new FileNotFoundException("Directory '" + directory + "' does not exist");
        }
        return files.children(directory.toString(), false).stream().map(NamespaceFileController::attributes).toList();
    }

    /** The paths that contain a text. */
    @Get("/search")
    public List<String> search(String namespace, @QueryValue String q) throws IOException {
        return of(namespace).all(q).stream().map(file -> absolute(file.path()).toString()).toList();
    }

    /** Writes a file and the directories above it. */
    @Post(consumes = MediaType.MULTIPART_FORM_DATA)
    public void create(String namespace, @QueryValue String path, @Part CompletedFileUpload fileContent)
        throws IOException, URISyntaxException {
        try (InputStream content = fileContent.getInputStream()) {
            of(namespace).putFile(absolute(path), content);
        }
    }

    /** Makes a directory and those above it. */
    @Post("/directory")
    public void createDirectory(String namespace, @QueryValue String path) throws IOException {
        of(namespace).createDirectory(absolute(path));
    }

    /** Moves a file or a directory with everything in it. */
    @Put
    public void move(String namespace, @QueryValue String from, @QueryValue String to) throws Exception {
        of(namespace).move(absolute(from), absolute(to));
    }

    /** Deletes a file, or a directory with everything in it. */
    @Delete
    @Status(HttpStatus.NO_CONTENT)
    public void delete(String namespace, @QueryValue String path) throws IOException {
        of(namespace).delete(absolute(path));
    }

    private Namespace of(String namespace) {
        return namespaces.of(Tenant.MAIN, namespace, storage);
    }

    private static FileAttributes attributes(NamespaceFileMetadata file) {
        return new NamespaceFileAttributes(file);
    }

    private static Path absolute(@Nullable String path) {
        String text = path == null ? "" : path;
        if (text.contains("..")) {
            throw new IllegalArgumentException("Path must not contain '..'");
        }
        return Path.of(text.startsWith("/") ? text : "/" + text);
    }
}
