// Films that play as one: the first leads, the others stay with it.
class Together {
  constructor(changed) {
    this.changed = changed;
    this.films = [];
  }

  get any() {
    return this.films.length > 0;
  }

  get at() {
    return this.films[0]?.currentTime ?? 0;
  }

  get length() {
    return Math.max(0, ...this.films.map((film) => film.duration).filter(Number.isFinite));
  }

  get playing() {
    return this.any && !this.films[0].paused;
  }

  add(film) {
    this.films.push(film);
    film.addEventListener("loadedmetadata", () => this.lead());
    film.addEventListener("timeupdate", () => film === this.films[0] && this.follow());
    for (const event of ["play", "pause", "seeked"]) film.addEventListener(event, () => this.changed());
    this.changed();
  }

  // The longest leads, so that all of it is seen; a shorter one waits at its end.
  lead() {
    const length = (film) => (Number.isFinite(film.duration) ? film.duration : 0);
    this.films.sort((one, other) => length(other) - length(one));
    this.films.forEach((film, at) => {
      film.loop = at === 0;
    });
    this.go(0);
    this.play();
  }

  play() {
    for (const film of this.films) film.play().catch(() => this.changed()); // the button is there
  }

  follow() {
    const { at } = this;
    for (const film of this.films.slice(1)) {
      const to = Math.min(at, film.duration || 0);
      if (Math.abs(film.currentTime - to) > 0.15) film.currentTime = to;
      if (this.playing && film.paused && to < film.duration - 0.05) film.play().catch(() => {});
    }
    this.changed();
  }

  go(at) {
    for (const film of this.films) film.currentTime = Math.min(at, film.duration || 0);
    this.changed();
  }

  turn() {
    if (this.playing) for (const film of this.films) film.pause();
    else this.play();
    if (!this.playing) this.go(this.at);
  }

  clear() {
    for (const film of this.films) film.pause();
    this.films = [];
    this.changed();
  }
}
