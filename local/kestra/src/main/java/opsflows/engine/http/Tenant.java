package opsflows.engine.http;

/** The tenant of the open-source edition: there is only one, and it is part of every path. */
public final class Tenant {
    /** The only tenant. */
    public static final String MAIN = "main";

    private Tenant() {
    }
}
