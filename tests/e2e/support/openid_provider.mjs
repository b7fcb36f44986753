// A real OpenID provider (oidc-provider, which is certified) on this machine, as a school's or a city's:
// people sign in there by typing their name, and it knows their groups. It begins as one that is down.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

export const kClient = { id: 'longmen', secret: 'a secret: with / what + has to be encoded' };

function signingKeys() {
  const keys = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ec', { namedCurve: 'P-256' })];
  return keys.map(({ privateKey }, number) => ({ ...privateKey.export({ format: 'jwk' }), kid: `key-${number}`, use: 'sig' }));
}

export class OpenIdProvider {
  // `people`: by name, their claims. Listens, and answers 503 until open().
  static async start(people) {
    const made = new OpenIdProvider();
    made.people = people;
    made.server = createServer((request, response) => made.answer(request, response)).listen(0, '127.0.0.1');
    await once(made.server, 'listening');
    made.issuer = `http://127.0.0.1:${made.server.address().port}`;
    return made;
  }

  // `algorithm`: by which it signs ID tokens.
  open(redirectUri, algorithm) {
    this.provider = new Provider(this.issuer, {
      clients: [{
        client_id: kClient.id,
        client_secret: kClient.secret,
        redirect_uris: [redirectUri],
        id_token_signed_response_alg: algorithm,
      }],
      jwks: { keys: signingKeys() },
      cookies: { keys: ['of the tests'] },
      claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
      scopes: ['openid', 'profile', 'groups'],
      pkce: { methods: ['S256'], required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 60, IdToken: 60, AuthorizationCode: 60 },
      findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...this.people[sub] }) }),
      loadExistingGrant: async ({ oidc }) => {
        const grant = new this.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid profile groups');
        await grant.save();
        return grant;
      },
    });
    this.handle = this.provider.callback();
  }

  close() {
    this.handle = null;
  }

  async answer(request, response) {
    if (!this.handle) return response.writeHead(503).end();
    if (!request.url.startsWith('/interaction/')) return this.handle(request, response);
    if (request.method === 'GET') {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      return response.end('<!doctype html><form method="post"><input name="who"><button>Go on</button></form>');
    }
    let body = '';
    for await (const piece of request) body += piece;
    const who = new URLSearchParams(body).get('who');
    const result = who ? { login: { accountId: who } } : { error: 'access_denied' };
    await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
