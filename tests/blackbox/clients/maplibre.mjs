// @maplibre/maplibre-gl-geocoder over Photon and over Pelias: node maplibre.mjs URL '{"text": …}'
import assert from 'node:assert/strict'
import './page.mjs'

const Geocoder = (await import('@maplibre/maplibre-gl-geocoder')).default
const [url, wanted] = [process.argv[2], JSON.parse(process.argv[3])]

const ask = async (path, parameters) =>
  (await fetch(`${url}${path}?${new URLSearchParams(parameters)}`)).json()

// Carmen features, which the control shows, of what either gives.
const carmen = (features, name) => features.map(feature => ({
  ...feature, id: feature.properties.gid ?? `${feature.properties.osm_type}${feature.properties.osm_id}`,
  place_name: name(feature.properties), text: name(feature.properties), place_type: ['place'],
  center: feature.geometry.coordinates }))

const photonName = p => [p.name, p.street, p.housenumber, p.city, p.country].filter(Boolean).join(', ')
const photon = {
  forwardGeocode: async config => ({
    type: 'FeatureCollection',
    features: carmen((await ask('/photon/api', { q: config.query, limit: config.limit })).features,
                     photonName) }),
  reverseGeocode: async config => ({
    type: 'FeatureCollection',
    features: carmen((await ask('/photon/reverse', { lon: config.query[0], lat: config.query[1] })).features,
                     photonName) }),
}
const pelias = {
  forwardGeocode: async config => ({
    type: 'FeatureCollection',
    features: carmen((await ask('/pelias/v1/search', { text: config.query, size: config.limit })).features,
                     p => p.label) }),
  reverseGeocode: async config => ({
    type: 'FeatureCollection',
    features: carmen((await ask('/pelias/v1/reverse', { 'point.lon': config.query[0],
                                                        'point.lat': config.query[1] })).features,
                     p => p.label) }),
  getSuggestions: async config => ({
    suggestions: (await ask('/pelias/v1/autocomplete', { text: config.query })).features.map(
      feature => ({ text: feature.properties.label, placeId: feature.properties.gid })) }),
  searchByPlaceId: async config => ({
    type: 'Feature', place: carmen((await ask('/pelias/v1/place', { ids: config.query })).features,
                                   p => p.label) }),
}

// The control asks, takes the first and tells of it.
const results = async (control, text) => {
  const told = control.once('results')
  await control.query(text)
  return told
}

const isThere = feature => Math.abs(feature.center[1] - wanted.lat) < 1e-4 &&
                           Math.abs(feature.center[0] - wanted.lon) < 1e-4

for (const [name, api] of Object.entries({ photon, pelias: { forwardGeocode: pelias.forwardGeocode,
                                                             reverseGeocode: pelias.reverseGeocode } })) {
  const control = new Geocoder(api, { flyTo: false, marker: false, trackProximity: false,
                                      reverseGeocode: true, limit: 3, enableEventLogging: false })
  document.getElementById('box').replaceChildren()
  control.addTo('#box')
  const forward = await results(control, wanted.text)
  assert.ok(forward.features.length <= 3 && isThere(forward.features[0]), name)
  assert.ok(forward.features[0].place_name.includes(wanted.city), name)
  const reverse = await results(control, `${wanted.lat}, ${wanted.lon}`)
  assert.ok(isThere(reverse.features[0]), name)
}

const control = new Geocoder(pelias, { flyTo: false, marker: false, trackProximity: false,
                                       enableEventLogging: false })
document.getElementById('box').replaceChildren()
control.addTo('#box')
const typed = await results(control, wanted.text)
assert.ok(typed.suggestions[0].text.includes(wanted.city))
const place = await pelias.searchByPlaceId({ query: typed.suggestions[0].placeId })
assert.ok(isThere(place.place[0]))
console.log('maplibre-gl-geocoder: ok')
process.exit(0)
