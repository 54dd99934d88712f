package opsflows.engine.service;

import java.util.List;

import org.slf4j.event.Level;

import io.kestra.core.models.QueryFilter;
import io.kestra.core.runners.FollowLogEvent;
import io.kestra.core.services.FollowLogEventMatcher;

import jakarta.inject.Singleton;

/** Decides which lines a caller who follows a log gets: those of at least the level asked for. */
@Singleton
public class LogLevelMatcher implements FollowLogEventMatcher {
    @Override
    public boolean matches(FollowLogEvent event, List<QueryFilter> filters) {
        return filters == null || filters.stream()
            .filter(filter -> filter.field() == QueryFilter.Field.LEVEL)
            .allMatch(filter -> event.level() != null && event.level().toInt() >= Level.valueOf(filter.value().toString()).toInt());
    }
}
