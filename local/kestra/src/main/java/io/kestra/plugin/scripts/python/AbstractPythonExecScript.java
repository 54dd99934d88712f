package io.kestra.plugin.scripts.python;

import java.util.List;
import java.util.Map;

import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.annotations.PluginProperty;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.runners.RunContext;
import io.kestra.plugin.core.runner.Process;
import io.kestra.plugin.scripts.exec.AbstractExecScript;
import io.kestra.plugin.scripts.exec.scripts.models.ScriptOutput;
import io.kestra.plugin.scripts.exec.scripts.runners.CommandsWrapper;

import io.swagger.v3.oas.annotations.media.Schema;

/**
 * What the two Python tasks share. Property names and defaults are those of Kestra's Python plugin, so that a flow
 * that validates here validates there; what needs Docker or installs packages is refused when the task runs.
 */
public abstract class AbstractPythonExecScript extends AbstractExecScript implements RunnableTask<ScriptOutput> {
    private static final String DEFAULT_IMAGE = "python:3.13-slim";

    protected Property<String> containerImage = Property.ofValue(DEFAULT_IMAGE);

    @Schema(title = "Python packages to install before the script runs")
    @PluginProperty(group = "advanced")
    protected Property<List<String>> dependencies;

    @Schema(title = "The version of Python to resolve dependencies for")
    @PluginProperty(group = "advanced")
    protected Property<String> pythonVersion;

    @Schema(title = "Whether installed dependencies are cached")
    @PluginProperty(group = "advanced")
    protected Property<Boolean> dependencyCacheEnabled = Property.ofValue(true);

    @Schema(title = "The tool that installs dependencies")
    @PluginProperty(group = "advanced")
    protected Property<PackageManager> packageManager = Property.ofValue(PackageManager.UV);

    /** The package managers of Kestra's Python plugin. */
    public enum PackageManager {
        PIP,
        UV
    }

    @Override
    public Property<String> getContainerImage() {
        return containerImage;
    }

    public Property<List<String>> getDependencies() {
        return dependencies;
    }

    public Property<String> getPythonVersion() {
        return pythonVersion;
    }

    public Property<Boolean> getDependencyCacheEnabled() {
        return dependencyCacheEnabled;
    }

    public Property<PackageManager> getPackageManager() {
        return packageManager;
    }

    /** The wrapper that runs the commands, with the environment that Kestra's Python plugin sets. */
    protected CommandsWrapper pythonCommands(RunContext runContext) throws IllegalVariableEvaluationException {
        refuseWhatNeedsMoreThanThisMachine(runContext);
        return this.commands(runContext).addEnv(Map.of(
            "PYTHONUNBUFFERED", "true",
            "PIP_ROOT_USER_ACTION", "ignore",
            "PIP_DISABLE_PIP_VERSION_CHECK", "1"));
    }

    /** Hands the commands to the task runner, behind the interpreter and the exit-on-error line. */
    protected ScriptOutput execute(CommandsWrapper wrapper, Property<List<String>> commands) throws Exception {
        return wrapper
            .withInterpreter(this.interpreter)
            .withBeforeCommands(this.beforeCommands)
            .withBeforeCommandsWithOptions(true)
            .withCommands(commands)
            .run();
    }

    private void refuseWhatNeedsMoreThanThisMachine(RunContext runContext) throws IllegalVariableEvaluationException {
        if (!(this.taskRunner instanceof Process)) {
            throw new IllegalArgumentException("The local engine has no Docker. Write `taskRunner: {type: "
                + Process.class.getName() + "}` on the task.");
        }
        if (!runContext.render(this.dependencies).asList(String.class).isEmpty()) {
            throw new IllegalArgumentException("The local engine installs no packages at run time. Remove `dependencies` "
                + "and add the package to the project's lock file.");
        }
    }
}
