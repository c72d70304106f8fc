// A real OpenID Connect provider (npm: oidc-provider), as ProConnect is one: short access tokens, signed
// userinfo, sign-out. Its back door, under /essai/, is the tests' alone: accounts, trouble, forged answers.
//
// node server.mjs PORT REDIRECT_URI POST_LOGOUT_REDIRECT_URI [ISSUER FOLDER]
//
// By default on loopback, in clear. With an issuer (https://…), on every address, by the certificate
// (tls.crt, tls.key) of the folder.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { generateKeyPair, exportJWK, SignJWT, decodeJwt } from 'jose';
import Provider from 'oidc-provider';

const [port, redirectUri, signedOutUri, secureIssuer, folder] = process.argv.slice(2);
const issuer = secureIssuer ?? `http://localhost:${port}`;
const client = { id: 'archipel', secret: 'un-secret-pour-les-essais-qui-est-bien-assez-long' };

const state = { down: false, forge: {}, accessSeconds: 60, asked: 0 };
const accounts = new Map();

async function newKey(kid) {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(pair.privateKey)), kid, use: 'sig', alg: 'RS256' };
  return { kid, jwk, privateKey: pair.privateKey, publicJwk: { ...(await exportJWK(pair.publicKey)), kid, use: 'sig', alg: 'RS256' } };
}
const first = await newKey('cle-1');
let rotated = null;

const provider = new Provider(issuer, {
  clients: [{
    client_id: client.id,
    client_secret: client.secret,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: [redirectUri],
    post_logout_redirect_uris: [signedOutUri],
    userinfo_signed_response_alg: 'RS256',
    token_endpoint_auth_method: 'client_secret_post',
  }],
  jwks: { keys: [first.jwk] },
  cookies: { keys: ['cle-des-essais'] },
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
  acrValues: ['eidas1', 'eidas2'],
  features: { jwtUserinfo: { enabled: true }, devInteractions: { enabled: true } },
  pkce: { required: () => false },
  ttl: { AccessToken: () => state.accessSeconds, Grant: 3600, IdToken: 3600, Session: 3600, Interaction: 600, RefreshToken: 3600 },
  rotateRefreshToken: true,
  issueRefreshToken: async (_ctx, which) => which.grantTypeAllowed('refresh_token'),
  async findAccount(_ctx, login) {
    const account = accounts.get(login);
    if (!account || account.disabled) return undefined;
    const { disabled, ...claims } = account;
    return { accountId: login, claims: () => ({ ...claims, sub: login }) };
  },
});

const unsigned = (claims) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
};

async function resigned(token, forge) {
  const claims = { ...decodeJwt(token), ...forge.claims };
  for (const name of forge.without ?? []) delete claims[name];
  if (forge.alg === 'none') return unsigned(claims);
  if (forge.alg === 'HS256') {
    // The classic confusion: the public key's text taken for a shared secret.
    const secret = new TextEncoder().encode(JSON.stringify(first.publicJwk));
    return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: first.kid }).sign(secret);
  }
  const key = forge.stranger ? await newKey(first.kid) : rotated ?? first;
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid }).sign(key.privateKey);
}

// What the provider is about to answer → what the tests want it to answer.
async function forged(path, body, response) {
  const text = Buffer.isBuffer(body) ? body.toString() : body ?? '';
  if (path === '/jwks' && rotated) return JSON.stringify({ keys: [rotated.publicJwk] });
  if (path === '/token' && response.statusCode === 200) {
    const told = JSON.parse(text);
    if (told.id_token && (state.forge.id_token || rotated)) told.id_token = await resigned(told.id_token, state.forge.id_token ?? {});
    for (const name of state.forge.token_without ?? []) delete told[name];
    return JSON.stringify(told);
  }
  if (path === '/me' && response.statusCode === 200) {
    const forge = state.forge.userinfo;
    if (forge?.json) {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      return JSON.stringify({ ...decodeJwt(text), ...forge.claims });
    }
    if (forge || rotated) return resigned(text, forge ?? {});
  }
  if (path === '/.well-known/openid-configuration' && state.forge.metadata) {
    return JSON.stringify({ ...JSON.parse(text), ...state.forge.metadata });
  }
  return body;
}

async function backDoor(request, response) {
  let text = '';
  for await (const chunk of request) text += chunk;
  const told = text ? JSON.parse(text) : {};
  const door = request.url.replace('/essai/', '');
  if (door === 'account') accounts.set(told.login, { ...accounts.get(told.login), ...told.claims });
  else if (door === 'state') Object.assign(state, told);
  else if (door === 'rotate') rotated = told.back ? null : await newKey(`cle-${Date.now()}`);
  else { response.writeHead(404).end(); return; }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(state));
}

const answer = provider.callback();
function serve(request, response) {
  const path = request.url.split('?')[0];
  if (path.startsWith('/essai/')) { backDoor(request, response); return; }
  state.asked += 1;
  if (state.down) { response.writeHead(503, { 'content-type': 'text/html' }).end('<p>maintenance</p>'); return; }
  const end = response.end.bind(response);
  response.end = (body) => {
    forged(path, body, response).then((changed) => {
      if (changed !== body) response.setHeader('content-length', Buffer.byteLength(changed));
      end(changed);
    });
    return response;
  };
  answer(request, response);
}

const pair = (name) => readFileSync(`${folder}/tls.${name}`);
const server = secureIssuer ? createSecureServer({ cert: pair('crt'), key: pair('key') }, serve) : createServer(serve);
server.listen(Number(port), secureIssuer ? '0.0.0.0' : '127.0.0.1', () => console.log(`${issuer} is there`));
