// What the edge does with a webhook, as njs code (0.7.9 and newer: no destructuring, no classes).
//
// A request passes here twice: `refusal` looks at its head before any body is read, `receive` at the whole of it.
// Only what `receive` lets through reaches Kestra; `answer` then hides what Kestra said.
// Nothing here writes to a log; the access log takes $hook_name and $hook_reason.

import hashes from 'crypto';

// One block a provider; docs/edge.md, "Adding a hook". The public path is /hooks/<name>.
//   flow       namespace/id of the flow whose webhook trigger takes the post
//   key        name of the secret that is this trigger's key
//   token      name of the verify token of Meta's challenge; without it GET is not allowed
//   type       of the body
//   verifier   proves who posts: head(r) and body(r, bytes) give a verdict
//   optional   not there while its key is not set; of the others render.sh insists on the key
const HOOKS = {
    whatsapp: {
        flow: 'opsflows.tickets/whatsapp_ticket_to_sheet_doc',
        key: 'WHATSAPP_WEBHOOK_KEY',
        token: 'WHATSAPP_VERIFY_TOKEN',
        type: /^application\/json\s*(;|$)/i,
        verifier: sha256Signature('X-Hub-Signature-256', ['WHATSAPP_APP_SECRET', 'WHATSAPP_APP_SECRET_PREVIOUS']),
    },
    manychat: {
        flow: 'opsflows.leads/leads_manychats_to_hubspot',
        key: 'MANYCHAT_WEBHOOK_KEY',
        optional: true,
        type: /^application\/json\s*(;|$)/i,
        verifier: staticSecret('X-Webhook-Secret', ['OPSFLOWS_MANYCHAT_SECRET', 'OPSFLOWS_MANYCHAT_SECRET_PREVIOUS']),
    },
    hubspot: {
        flow: 'opsflows.leads/hubspot_events',
        key: 'HUBSPOT_WEBHOOK_KEY',
        optional: true,
        type: /^application\/json\s*(;|$)/i,
        verifier: hubspotV3(['HUBSPOT_CLIENT_SECRET', 'HUBSPOT_CLIENT_SECRET_PREVIOUS']),
    },
};

const PREFIX = '/hooks/';
const CHALLENGE = /^[A-Za-z0-9_-]{1,128}$/;
const PASSED = {status: 0, reason: ''};
// HubSpot's own bound for the age of a post; here it holds for the future too.
const TOLERANCE_MS = 300 * 1000;

// --- verifiers: {head(r), body(r, bytes)}; a verdict is {status: 0 or the refusal's, reason, signature to pass on};
// `head` sees the headers before the body is read, `body` may answer later

// `sha256=<lower-case hex>`, the HMAC of the raw body under one of the secrets; the first is the current one.
function sha256Signature(header, names) {
    const form = /^sha256=[0-9a-f]{64}$/;
    return {
        head: r => {
            const values = headerValues(r, header);
            if (values.length === 0) {
                return refused(401, 'unsigned');
            }
            return values.length === 1 && form.test(values[0]) ? PASSED : refused(403, 'malformed_signature');
        },
        body: async (r, bytes) => {
            const given = headerValues(r, header)[0].slice('sha256='.length);
            const keys = live(names);
            const fits = [];
            // Every secret is tried, so that the time taken does not tell which one fits.
            for (let i = 0; i < keys.length; i++) {
                const digest = await hmac(keys[i], bytes);
                fits.push(same(digest.toString('hex'), given));
            }
            const which = fits.indexOf(true);
            const reason = which === 0 ? 'ok' : 'ok_previous';
            return which < 0 ? refused(403, 'forged') : {status: 0, reason: reason, signature: 'sha256=' + given};
        },
    };
}

// A secret in a header, for providers that cannot sign. It ends here: Kestra gets a signature by it instead, so that no
// execution holds it. Whoever can sign may send that signature rather than the secret.
function staticSecret(header, names) {
    const signed = sha256Signature('X-Hub-Signature-256', names);
    const signs = r => headerValues(r, 'X-Hub-Signature-256').length > 0;
    return {
        head: r => {
            if (signs(r)) {
                return signed.head(r);
            }
            const values = headerValues(r, header);
            if (values.length === 0) {
                return refused(401, 'unsigned');
            }
            const fits = live(names).map(secret => same(secret, values[0]));
            return values.length === 1 && fits.indexOf(true) >= 0 ? PASSED : refused(403, 'forged');
        },
        body: async (r, bytes) => {
            if (signs(r)) {
                return signed.body(r, bytes);
            }
            const secret = headerValues(r, header)[0];
            const reason = same(live(names)[0], secret) ? 'ok' : 'ok_previous';
            const digest = await hmac(secret, bytes);
            return {status: 0, reason: reason, signature: 'sha256=' + digest.toString('hex')};
        },
    };
}

// HubSpot's signature, version 3: base64 of the HMAC of method, public address, body and time in milliseconds.
function hubspotV3(names) {
    const given = r => headerValues(r, 'X-HubSpot-Signature-v3');
    const stamps = r => headerValues(r, 'X-HubSpot-Request-Timestamp');
    return {
        head: r => {
            if (given(r).length === 0 || stamps(r).length === 0) {
                return refused(401, 'unsigned');
            }
            const single = given(r).length === 1 && stamps(r).length === 1;
            if (!single || !/^[A-Za-z0-9+/]{43}=$/.test(given(r)[0]) || !/^[0-9]{13}$/.test(stamps(r)[0])) {
                return refused(403, 'malformed_signature');
            }
            return Math.abs(Date.now() - Number(stamps(r)[0])) > TOLERANCE_MS ? refused(403, 'stale') : PASSED;
        },
        body: async (r, bytes) => {
            // Whoever ends TLS, the address that HubSpot was given begins with https. A query is none of ours.
            const before = Buffer.from('POST' + 'https://' + r.variables.server_name + r.variables.request_uri);
            const signed = Buffer.concat([before, bytes, Buffer.from(stamps(r)[0])]);
            const keys = live(names);
            const fits = [];
            for (let i = 0; i < keys.length; i++) {
                const digest = await hmac(keys[i], signed);
                fits.push(same(digest.toString('base64'), given(r)[0]));
            }
            const which = fits.indexOf(true);
            const reason = which === 0 ? 'ok' : 'ok_previous';
            return which < 0 ? refused(403, 'forged') : {status: 0, reason: reason, v3: given(r)[0], stamp: stamps(r)[0]};
        },
    };
}

// --- handlers, named in nginx.conf.template

// The status of a request that is refused by its head alone, else 0.
function refusal(r) {
    const verdict = judgeHead(r);
    r.variables.hook_reason = verdict.reason;
    return verdict.status;
}

function judgeHead(r) {
    // The path as it was sent: encoded, doubled or dotted spellings of a public path are not public.
    const hook = r.variables.plain_path === r.uri ? HOOKS[hookName(r)] : undefined;
    if (!hook || (hook.optional && !edge_secrets[hook.key])) {
        return refused(404, 'unknown_path');
    }
    r.variables.hook_name = hookName(r);
    if (r.method === 'GET' && hook.token) {
        return PASSED;
    }
    if (r.method !== 'POST') {
        return refused(405, 'method');
    }
    const verdict = hook.verifier.head(r);
    if (verdict.status) {
        return verdict;
    }
    return hook.type.test(r.headersIn['Content-Type'] || '') ? PASSED : refused(415, 'content_type');
}

// The content handler: the body has arrived.
async function receive(r) {
    const hook = HOOKS[hookName(r)];
    try {
        if (r.method === 'GET') {
            shakeHands(r, hook);
        } else {
            await pass(r, hook);
        }
    } catch (error) {
        // Its text may quote what it choked on; that it happened is enough for the log, and the provider sends again.
        r.variables.hook_reason = 'edge_error';
        r.return(503);
    }
}

function shakeHands(r, hook) {
    const mode = r.args['hub.mode'];
    const token = r.args['hub.verify_token'];
    const challenge = r.args['hub.challenge'];
    const known = typeof token === 'string' && same(token, live([hook.token])[0]);
    if (!known || mode !== 'subscribe' || typeof challenge !== 'string' || !CHALLENGE.test(challenge)) {
        r.variables.hook_reason = 'challenge_refused';
        r.return(403);
        return;
    }
    r.variables.hook_reason = 'challenge';
    r.headersOut['Content-Type'] = 'text/plain';
    r.return(200, challenge);
}

async function pass(r, hook) {
    const verdict = await hook.verifier.body(r, r.requestBuffer || Buffer.from(''));
    r.variables.hook_reason = verdict.reason;
    if (verdict.status) {
        r.return(verdict.status);
        return;
    }
    r.variables.hook_target = '/api/v1/main/executions/webhook/' + hook.flow + '/' + encodeURIComponent(live([hook.key])[0]);
    r.variables.hook_type = r.headersIn['Content-Type'];
    r.variables.hook_signature = verdict.signature || '';
    r.variables.hook_v3 = verdict.v3 || '';
    r.variables.hook_stamp = verdict.stamp || '';
    r.internalRedirect('@kestra');
}

// Header filter of Kestra's answer: its headers name executions and versions.
function answer(r) {
    // What speaks no HTTP is HTTP/0.9 to nginx, whose every answer is a success: hang up instead.
    if (r.httpVersion === '0.9') {
        throw new Error('no HTTP');
    }
    for (const name in r.headersOut) {
        delete r.headersOut[name];
    }
    if (r.status !== 204) {
        r.headersOut['Content-Length'] = '0';
    }
}

// Body filter: what Kestra wrote is dropped.
function silence(r, data, flags) {
    if (flags.last) {
        r.sendBuffer('', flags);
    }
}

// --- parts

function refused(status, reason) {
    return {status: status, reason: reason};
}

function hookName(r) {
    const name = r.uri.slice(PREFIX.length);
    return Object.keys(HOOKS).indexOf(name) < 0 ? '' : name;
}

function headerValues(r, name) {
    const wanted = name.toLowerCase();
    return r.rawHeadersIn.filter(header => header[0].toLowerCase() === wanted).map(header => header[1]);
}

// The values of these secrets that are set, as text. `edge_secrets` is what render.sh made of the secrets' files.
function live(names) {
    const values = names.map(name => edge_secrets[name]).filter(hex => hex);
    if (values.length === 0) {
        throw new Error('no secret');
    }
    return values.map(hex => Buffer.from(hex, 'hex').toString());
}

// HMAC-SHA256 as bytes, by OpenSSL: ten times as fast on megabytes as the module `crypto`.
async function hmac(key, bytes) {
    const imported = await crypto.subtle.importKey('raw', Buffer.from(key), {name: 'HMAC', hash: 'SHA-256'}, false, ['sign']);
    const signed = await crypto.subtle.sign('HMAC', imported, bytes);
    return Buffer.from(signed);
}

// Constant time, whatever the lengths: digests are compared, all bytes of them.
function same(one, other) {
    const a = hashes.createHash('sha256').update(one).digest();
    const b = hashes.createHash('sha256').update(other).digest();
    let difference = 0;
    for (let i = 0; i < a.length; i++) {
        difference |= a[i] ^ b[i];
    }
    return difference === 0;
}

export default {refusal, receive, answer, silence};
