// leaflet-control-geocoder's Photon: node leaflet_photon.mjs URL '{"text": …}'
import assert from 'node:assert/strict'
import './page.mjs'

const L = (await import('leaflet')).default
globalThis.L = window.L = L
const { geocoders } = await import('leaflet-control-geocoder')
const [url, wanted] = [process.argv[2], JSON.parse(process.argv[3])]

const photon = geocoders.photon({ serviceUrl: `${url}/photon/api/`, reverseUrl: `${url}/photon/reverse/`,
                                  geocodingQueryParams: { lang: 'en', limit: 5 } })

const isThere = result => Math.abs(result.center.lat - wanted.lat) < 1e-4 &&
                          Math.abs(result.center.lng - wanted.lon) < 1e-4

const found = await photon.geocode(wanted.text)
assert.ok(found.length > 0 && found.length <= 5)
assert.ok(isThere(found[0]))
assert.equal(found[0].properties.housenumber, wanted.number)
assert.ok(found[0].name.startsWith(`${wanted.street}, ${wanted.city}`), found[0].name)
assert.ok(found[0].bbox.isValid())

const map = { getCenter: () => ({ lat: wanted.lat, lng: wanted.lon }), getZoom: () => 14 }
const near = await photon.geocode(wanted.street, { map })
assert.equal(near[0].properties.street ?? near[0].properties.name, wanted.street)

const city = (await photon.suggest(wanted.city)).find(result => result.properties.type === 'city')
assert.ok(city.bbox.contains(city.center))

const here = await photon.reverse({ lat: wanted.lat, lng: wanted.lon }, 1)
assert.ok(isThere(here[0]))
console.log('leaflet-control-geocoder Photon: ok')
