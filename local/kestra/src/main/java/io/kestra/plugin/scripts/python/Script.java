package io.kestra.plugin.scripts.python;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.kestra.core.models.annotations.Example;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.runners.TargetOS;
import io.kestra.core.runners.FilesService;
import io.kestra.core.runners.RunContext;
import io.kestra.plugin.scripts.exec.scripts.models.ScriptOutput;
import io.kestra.plugin.scripts.exec.scripts.runners.CommandsWrapper;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;

/** Runs an inline Python script: the local counterpart of the plugin's task of this name. */
@Schema(title = "Execute an inline Python script")
@Plugin(
    examples = @Example(
        title = "Print a line.",
        full = true,
        code = """
            id: python_script
            namespace: company.team

            tasks:
              - id: print_line
                type: io.kestra.plugin.scripts.python.Script
                taskRunner:
                  type: io.kestra.plugin.core.runner.Process
                script: |
                  print("hello")
            """
    )
)
public class Script extends AbstractPythonExecScript {
    @Schema(title = "The content of the script")
    @NotNull
    protected Property<String> script;

    public Property<String> getScript() {
        return script;
    }

    @Override
    public ScriptOutput run(RunContext runContext) throws Exception {
        CommandsWrapper wrapper = pythonCommands(runContext);
        Path file = runContext.workingDir().path().relativize(runContext.workingDir().createTempFile(".py"));
        Map<String, String> files = FilesService.inputFiles(
            runContext, wrapper.getTaskRunner().additionalVars(runContext, wrapper), this.getInputFiles());
        String source = runContext.render(this.script).as(String.class).orElseThrow();
        files.put(file.toString(), wrapper.render(runContext, source, new ArrayList<>()));
        TargetOS target = runContext.render(this.targetOS).as(TargetOS.class).orElse(TargetOS.AUTO);
        String path = wrapper.getTaskRunner().toAbsolutePath(runContext, wrapper, file.toString(), target);
        return execute(wrapper.withInputFiles(files), Property.ofValue(List.of("python " + path)));
    }
}
