"""The shaders. Light in linear units; colours are decoded and encoded by a square, near enough to
sRGB and far cheaper. The second target is the person's number."""

from __future__ import annotations

KINDS = (("PLAIN",), ("SHINY",), ("GROUND", "SHINY"), ("HOLES",))
"""What a surface is, and its shader reckons with."""
LAMPS = 8
"""Most lamps that light one picture: those nearest to what the camera sees."""

SURFACE_VERTEX = """
#version 330
uniform mat4 clip;
in vec3 position; in vec3 normal; in vec3 uv; in vec4 colour; in vec4 light; in int person;
out vec3 place; out vec3 across; out vec3 tile; out vec4 tint; out vec3 own; flat out int number;
void main() {
    place = position; across = normal; tile = uv; own = light.xyz; number = person;
    tint = vec4(colour.rgb * colour.rgb, colour.a);
    gl_Position = clip * vec4(position, 1.0);
}
"""

SURFACE_FRAGMENT = """
#version 330
uniform sampler2DArray tiles; uniform sampler2DShadow shadow; uniform sampler2D contact;
uniform vec3 eye; uniform vec3 sun; uniform vec3 sun_colour; uniform vec3 zenith; uniform vec3 horizon;
uniform int lamps; uniform vec4 lamp[LAMPS]; uniform vec3 lamp_colour[LAMPS];
uniform float dark; uniform float exposure; uniform float fog; uniform vec3 fog_colour;
uniform float wet; uniform float snow; uniform vec4 ground; uniform float key_lamp; uniform mat4 shade;
in vec3 place; in vec3 across; in vec3 tile; in vec4 tint; in vec3 own; flat in int number;
layout(location = 0) out vec4 seen; layout(location = 1) out int who;

vec3 sky(vec3 towards) {
    float up = clamp(towards.y, 0.0, 1.0);
    return mix(horizon, zenith, sqrt(up));
}

vec3 film(vec3 x) {
    x *= exposure;
    x = 1.0 - exp(-1.7 * x);
    return sqrt(clamp(x, 0.0, 1.0));
}

void main() {
    vec4 texel = texture(tiles, tile);
    CUT
    vec3 toward = eye - place;
    float far = length(toward);
    toward /= far;
    vec3 n = normalize(across);
    if (dot(n, toward) < 0.0) n = -n;
    vec3 albedo = tint.rgb * texel.rgb * texel.rgb * 1.626 * (number > 0 ? 0.68 : 1.0);
    float gloss = tint.a;
    float near = 1.0;
    #ifdef GROUND
    near = texture(contact, (place.xz - ground.xy) * ground.zw).r;
    #endif
    float open = own.x * near;
    float damp = 0.0;
    #ifdef WEATHER
    float flat_up = smoothstep(0.6, 0.95, n.y) * (number == 0 ? 1.0 : 0.35);
    float spot = texture(tiles, vec3(place.xz * 0.13, 12.0)).r * 1.275;
    float lies = smoothstep(0.75, 1.0, spot + 0.55 * snow - 0.18 * (1.0 - near));
    float white = snow * flat_up * lies * step(0.6, own.x);
    albedo = mix(albedo, vec3(0.82, 0.86, 0.92), white);
    damp = wet * flat_up * (1.0 - white);
    albedo *= mix(1.0, 0.45, damp);
    #endif
    float lit = 1.0;
    #ifdef SHADED
    vec4 shaded = shade * vec4(place + n * 0.03, 1.0);
    vec3 s = shaded.xyz / shaded.w * 0.5 + 0.5;
    float found = texture(shadow, s);
    lit = shaded.w > 0.0 && all(lessThan(abs(s - 0.5), vec3(0.499))) ? found : 1.0;
    #endif
    vec3 below = horizon * 0.4 + 0.16 * sun_colour * max(sun.y, 0.0);
    vec3 around = mix(below, 0.45 * zenith + 0.55 * horizon, 0.5 + 0.5 * n.y);
    around *= 0.86 + 0.3 * abs(n.z);
    vec3 total = around * open * (0.86 + 0.2 * smoothstep(0.0, 18.0, place.y)) + 0.06 * sun_colour * open;
    float sun_lit = mix(lit, 1.0, key_lamp);
    total += sun_colour * max(dot(n, sun), 0.0) * sun_lit * mix(0.55, 1.0, own.x);
    #ifdef SHINY
    vec3 shine = vec3(0.0);
    vec3 bounce = reflect(-toward, n);
    float spark = max(dot(bounce, sun), 0.0);
    spark *= spark; spark *= spark; spark *= spark; spark *= spark;
    shine += sun_colour * spark * spark * sun_lit * 2.0;
    #endif
    #ifdef NIGHT
    float sharp = mix(24.0, 160.0, damp);
    for (int i = 0; i < lamps; i++) {
        vec3 away = lamp[i].xyz - place;
        float d2 = dot(away, away) + 0.3;
        vec3 to = away * inversesqrt(d2);
        float down = smoothstep(-0.35, 0.35, to.y);
        float shadowed = i == 0 ? mix(1.0, lit, key_lamp) : 1.0;
        vec3 power = lamp_colour[i] * down / d2 * shadowed;
        total += power * max(0.8 * dot(n, to) + 0.2, 0.0) * near;
        #ifdef SHINY
        // A wet road draws a lamp's image out towards the eye.
        vec3 flat_bounce = normalize(vec3(bounce.x, bounce.y * mix(1.0, 0.25, damp), bounce.z));
        vec3 flat_to = normalize(vec3(to.x, to.y * mix(1.0, 0.25, damp), to.z));
        shine += power * pow(max(dot(flat_bounce, flat_to), 0.0), sharp) * sharp * mix(0.1, 0.6, damp);
        #endif
    }
    #endif
    vec3 light = albedo * total;
    #ifdef SHINY
    float grazing = 1.0 - max(dot(n, toward), 0.0);
    grazing *= grazing * grazing * grazing;
    float mirrored = max(gloss, damp * 0.45) * (0.06 + 0.94 * grazing) + gloss * gloss * 0.12;
    float open_sky = (bounce.y > 0.0 ? 1.0 : 0.35) * mix(0.5, 1.0, smoothstep(0.05, 0.5, bounce.y));
    vec3 seen_sky = sky(bounce) * open_sky;
    light += seen_sky * mirrored * open + shine * (0.02 + mirrored + 0.25 * damp) * max(gloss, damp);
    #endif
    float glow = own.y * mix(1.0, dark, own.z);
    light += albedo * glow * 2.2;
    float air = 1.0 - exp(-fog * far);
    light = mix(light, fog_colour, air);
    seen = vec4(film(light), 1.0);
    who = number;
}
"""

SKY_VERTEX = """
#version 330
uniform mat4 back;
in vec2 corner; out vec3 towards;
void main() {
    vec4 far = back * vec4(corner, 1.0, 1.0);
    towards = far.xyz / far.w;
    gl_Position = vec4(corner, 0.99999, 1.0);
}
"""

SKY_FRAGMENT = """
#version 330
uniform sampler2DArray tiles; uniform vec3 zenith; uniform vec3 horizon; uniform vec3 sun;
uniform vec3 sun_colour; uniform float exposure; uniform float clouds; uniform float fog;
uniform vec3 fog_colour;
in vec3 towards;
layout(location = 0) out vec4 seen; layout(location = 1) out int who;
void main() {
    vec3 d = normalize(towards);
    float up = clamp(d.y, 0.0, 1.0);
    vec3 light = mix(horizon, zenith, sqrt(up));
    vec2 flat_ = d.xz / (up + 0.12);
    float c = texture(tiles, vec3(flat_ * 0.09, 12.0)).r + 0.6 * texture(tiles, vec3(flat_ * 0.31, 12.0)).r;
    c = smoothstep(1.32 - 0.35 * clouds, 1.5 - 0.25 * clouds, c * 1.275) * smoothstep(0.0, 0.2, up);
    vec3 cloud = 0.55 * horizon + 0.32 * sun_colour * max(sun.y + 0.1, 0.0) + 0.12 * zenith + 0.2 * horizon;
    light = mix(light, cloud, c * min(2.5 * clouds, 0.85));
    light += sun_colour * pow(max(dot(d, sun), 0.0), 600.0) * 3.0;
    light += sun_colour * pow(max(dot(d, sun), 0.0), 12.0) * 0.12;
    light = mix(light, fog_colour, 1.0 - exp(-fog * 260.0 / (1.0 + 6.0 * up)));
    light *= exposure;
    light = 1.0 - exp(-1.7 * light);
    seen = vec4(sqrt(clamp(light, 0.0, 1.0)), 1.0);
    who = 0;
}
"""

DEPTH_VERTEX = """
#version 330
uniform mat4 clip;
in vec3 position;
void main() { gl_Position = clip * vec4(position, 1.0); }
"""

DEPTH_FRAGMENT = """
#version 330
void main() {}
"""

MASK_FRAGMENT = """
#version 330
out vec4 inside;
void main() { inside = vec4(1.0); }
"""


def surface_fragment(switches: tuple[str, ...]) -> str:
    """``switches``: SHADED, WEATHER, NIGHT, what the scene needs; GROUND, SHINY, HOLES, what the surface is.
    Holes have a shader of their own: one that may drop fragments cannot test depth first."""
    cut = "if (texel.a < 0.5) discard;" if "HOLES" in switches else ""
    source = SURFACE_FRAGMENT.replace("CUT", cut).replace("LAMPS", str(LAMPS))
    defined = "".join(f"#define {one}\n" for one in switches)
    return source.replace("#version 330\n", f"#version 330\n{defined}", 1)
