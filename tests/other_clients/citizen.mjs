// A citizen without a browser, for clients that run in Node.js: plain requests and the forms that come back. `citizen.py` is the same
// in Python.

import { readFile } from 'node:fs/promises'

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"' }

function unescape(text) {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) =>
    decimal ? String.fromCodePoint(+decimal) : hex ? String.fromCodePoint(parseInt(hex, 16)) : (ENTITIES[name] ?? whole))
}

/** The attributes of a tag. */
function attributes(tag) {
  const found = [...tag.replace(/^<\w+/, '').matchAll(/([\w-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(found.map(([, name, value]) => [name, unescape(value ?? '')]))
}

/** The forms of a page: where they go, their fields, and their buttons. */
function formsOf(html) {
  return [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => {
    const tags = (name) => [...form.matchAll(new RegExp(`<${name}\\b[^>]*>`, 'g'))].map(([tag]) => attributes(tag))
    return { action: tags('form')[0].action, fields: tags('input').filter((field) => field.name), buttons: tags('button') }
  })
}

/** One person with one cookie jar. */
export class Citizen {
  pagesSeen = 0
  #cookies = new Map()

  constructor(person, outbox) {
    this.person = person
    this.outbox = outbox
  }

  async #codes() {
    const text = await readFile(this.outbox, 'utf8').catch(() => '')
    const messages = text.split('\n').filter(Boolean).map((line) => JSON.parse(line))
    return messages.filter((message) => message.to === this.person.mobile && message.code).map((message) => message.code)
  }

  async #codeAfter(seen) {
    for (let tries = 0; tries < 100; tries++) {
      const codes = await this.#codes()
      if (codes.length > seen) return codes.at(-1)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('no text message with a code came within 5 s')
  }

  async #send(url, form) {
    const answer = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      redirect: 'manual',
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)
      if (/max-age=0/i.test(cookie)) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return { url, status: answer.status, location: answer.headers.get('location'), html: await answer.text() }
  }

  /** Opens an address and does what each page asks until the browser is sent to `home`; gives that address back. */
  async walk(url, home) {
    const seen = (await this.#codes()).length
    let answer = await this.#send(url)
    for (let steps = 0; steps < 20; steps++) {
      if (answer.location) {
        const place = new URL(answer.location, answer.url).href
        if (place.startsWith(home)) return new URL(place)
        answer = await this.#send(place)
        continue
      }
      if (answer.status !== 200) throw new Error(`${answer.url}: ${answer.status}\n${answer.html}`)
      this.pagesSeen++
      answer = await this.#fill(answer, seen)
    }
    throw new Error(`the pages never end: ${answer.url}`)
  }

  async #fill(answer, seen) {
    for (const form of formsOf(answer.html)) {
      const byToken = Object.fromEntries(form.fields.map((field) => [field.autocomplete, field.name]))
      const hidden = form.fields.filter((field) => field.type === 'hidden')
      const values = Object.fromEntries(hidden.map((field) => [field.name, field.value ?? '']))
      if ('current-password' in byToken) {
        values[byToken['username webauthn']] = this.person.national_id
        values[byToken['current-password']] = this.person.password
      } else if ('one-time-code' in byToken) {
        values[byToken['one-time-code']] = await this.#codeAfter(seen)
      } else if (['allow', 'session'].includes(form.buttons[0]?.value)) {
        values[form.buttons[0].name] = form.buttons[0].value
      } else {
        continue
      }
      return this.#send(new URL(form.action, answer.url).href, values)
    }
    throw new Error(`no form that we know on ${answer.url}:\n${answer.html}`)
  }
}
