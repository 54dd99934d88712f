/** The two Python tasks of Kestra's Python plugin that this project's flows use. */
@PluginSubGroup(title = "Python", categories = PluginSubGroup.PluginCategory.CORE)
package io.kestra.plugin.scripts.python;

import io.kestra.core.models.annotations.PluginSubGroup;
