package view

import (
	"cmp"
	"regexp"
)

// browsers and systems are read out of what a browser calls itself: the first that fits.
var (
	browsers = []namedForm{
		{"微信", regexp.MustCompile(`MicroMessenger/(\d+)`)},
		{"Edge", regexp.MustCompile(`Edg(?:A|iOS)?/(\d+)`)},
		{"360", regexp.MustCompile(`(?:QIHU|360SE)`)},
		{"Firefox", regexp.MustCompile(`(?:Firefox|FxiOS)/(\d+)`)},
		{"Chrome", regexp.MustCompile(`(?:Chrome|CriOS|HeadlessChrome)/(\d+)`)},
		{"Safari", regexp.MustCompile(`Version/(\d+).*Safari`)},
	}
	systems = []namedForm{
		{"鸿蒙", regexp.MustCompile(`HarmonyOS|OpenHarmony`)},
		{"Android", regexp.MustCompile(`Android`)},
		{"iPhone", regexp.MustCompile(`iPhone`)},
		{"iPad", regexp.MustCompile(`iPad`)},
		{"Windows", regexp.MustCompile(`Windows`)},
		{"Mac", regexp.MustCompile(`Macintosh`)},
		{"Linux", regexp.MustCompile(`Linux|X11`)},
	}
)

type namedForm struct {
	name string
	form *regexp.Regexp
}

// browser is what a browser calls itself, in short: Chrome 156 · Windows. What is not known stays as it is, cut.
func browser(agent string) string {
	name, system := "", ""
	for _, b := range browsers {
		if found := b.form.FindStringSubmatch(agent); found != nil {
			if name = b.name; len(found) > 1 {
				name += " " + found[1]
			}
			break
		}
	}
	for _, s := range systems {
		if s.form.MatchString(agent) {
			system = s.name
			break
		}
	}
	switch {
	case name != "" && system != "":
		return name + " · " + system
	case name == "" && system == "" && len([]rune(agent)) > 40:
		return string([]rune(agent)[:40]) + "…"
	default:
		return cmp.Or(name+system, agent, "未知")
	}
}
