package io.kestra.plugin.scripts.python;

import java.util.List;

import io.kestra.core.models.annotations.Example;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.runners.RunContext;
import io.kestra.plugin.scripts.exec.scripts.models.ScriptOutput;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;

/** Runs Python from the command line: the local counterpart of the plugin's task of this name. */
@Schema(title = "Execute one or more Python scripts from the command line")
@Plugin(
    examples = @Example(
        title = "Run a module that lies in the namespace's files.",
        full = true,
        code = """
            id: python_commands
            namespace: company.team

            tasks:
              - id: run_module
                type: io.kestra.plugin.scripts.python.Commands
                taskRunner:
                  type: io.kestra.plugin.core.runner.Process
                namespaceFiles:
                  enabled: true
                commands:
                  - python -m reports.daily
            """
    )
)
public class Commands extends AbstractPythonExecScript {
    @Schema(title = "The commands to run")
    @NotNull
    protected Property<List<String>> commands;

    public Property<List<String>> getCommands() {
        return commands;
    }

    @Override
    public ScriptOutput run(RunContext runContext) throws Exception {
        return execute(pythonCommands(runContext), this.commands);
    }
}
