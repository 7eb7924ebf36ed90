// A page for libraries that want one: call before they are imported.
import { JSDOM } from 'jsdom'

const page = new JSDOM('<!doctype html><body><div id="map"></div><div id="box"></div></body>',
                       { url: 'http://localhost/', pretendToBeVisual: true })
for (const name of ['window', 'document', 'Element', 'HTMLElement', 'Node', 'CustomEvent', 'Event',
                    'KeyboardEvent', 'MouseEvent', 'SVGElement', 'DOMParser', 'MutationObserver',
                    'requestAnimationFrame', 'cancelAnimationFrame', 'getComputedStyle']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? page.window : page.window[name],
                                            configurable: true, writable: true })
}
Object.defineProperty(globalThis, 'navigator', { value: page.window.navigator, configurable: true })
