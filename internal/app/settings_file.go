package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/go-json-experiment/json"
)

// settingsFlag names the settings file; an empty one names none.
type settingsFlag string

// BeforeResolve has the file looked into, as kong's own ConfigFlag does.
func (settingsFlag) BeforeResolve(parser *kong.Kong, ctx *kong.Context, trace *kong.Path, c *console) error {
	name, _ := ctx.FlagValue(trace.Flag).(settingsFlag)
	if name == "" {
		return nil
	}
	settings, err := parser.LoadConfig(string(name))
	if err != nil {
		return err
	}
	c.settings, _ = settings.(*settingsFile)
	ctx.AddResolver(settings)
	return nil
}

// settingsFile is the file that --config names: a JSON object whose keys are the names of options, as on the command line (base-url)
// or as programs like them (base_url, baseUrl). The command line and the environment come before it.
type settingsFile struct {
	name   string
	values map[string]any // by the option's bare name
	keys   map[string]string
}

var _ kong.Resolver = (*settingsFile)(nil)

// maxSettings bounds what is read of the file.
const maxSettings = 1 << 20

// bare is the name of an option as it is compared.
func bare(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// readSettingsFile reads it; it is kong's ConfigurationLoader.
func readSettingsFile(from io.Reader) (kong.Resolver, error) {
	s := &settingsFile{values: map[string]any{}, keys: map[string]string{}}
	if file, ok := from.(interface{ Name() string }); ok {
		s.name = file.Name()
	}
	text, err := io.ReadAll(io.LimitReader(from, maxSettings))
	if err != nil {
		return nil, err
	}
	var file any
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &file); err != nil {
		return nil, fmt.Errorf("配置文件 %s 不是可以读取的 JSON：%w", s.name, err)
	}
	values, is := file.(map[string]any)
	if !is {
		return nil, fmt.Errorf("配置文件 %s 的最外层应为 {\"选项\": 值, …}", s.name)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if twin, twice := s.keys[bare(key)]; twice {
			return nil, fmt.Errorf("配置文件 %s 中 %s 和 %s 是同一个选项，请只留一个", s.name, twin, key)
		}
		s.keys[bare(key)], s.values[bare(key)] = key, values[key]
	}
	return s, nil
}

// Validate leaves it to misspelt, whose faults are told together with all others.
func (*settingsFile) Validate(*kong.Application) error { return nil }

// misspelt tells what is no option of any command: who misspelt one would believe it set.
func (s *settingsFile) misspelt(app *kong.Application) error {
	if s == nil {
		return nil
	}
	known := map[string]bool{}
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, is := node.(*kong.Flag); is {
			known[bare(flag.Name)] = len(flag.Envs) > 0 && flag.Name != "config" // nor --help, --version
		}
		return next(nil)
	})
	faults := []error{err}
	for _, name := range slices.Sorted(maps.Keys(s.keys)) {
		if !known[name] {
			faults = append(faults, fmt.Errorf("配置文件 %s 中的 %s 不是任何命令的选项", s.name, s.keys[name]))
		}
	}
	return errors.Join(faults...)
}

// Resolve gives an option's value, unless the environment has one.
func (s *settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, told := os.LookupEnv(name); told {
			return nil, nil //nolint:nilnil // kong's way to say that there is none
		}
	}
	value := s.values[bare(flag.Name)]
	return value, fits(value, flag.Target)
}

// fits says what of a value is wrong for an option: a number is taken for no text, a time has its unit, no whole number is cut, and one
// value is no list. A text is read as on the command line.
func fits(value any, option reflect.Value) error {
	kind := option.Kind()
	switch is := value.(type) {
	case nil, string:
		return nil
	case []any:
		if kind != reflect.Slice {
			return errors.New("配置文件中的值不能是列表")
		}
		return quoted(slices.Values(is))
	case map[string]any:
		if kind != reflect.Map {
			return errors.New("配置文件中的值不能是对象")
		}
		return quoted(maps.Values(is))
	case float64:
		if option.CanInt() && option.Type() != reflect.TypeFor[time.Duration]() && is != math.Trunc(is) {
			return errors.New("配置文件中的值应为整数")
		}
	}
	_, switched := value.(bool)
	switch {
	case kind == reflect.String, kind == reflect.Slice, kind == reflect.Map:
		return errUnquoted
	case option.Type() == reflect.TypeFor[time.Duration]():
		return errors.New("配置文件中的值应为带单位的时长，如 \"30s\"、\"15m\"、\"12h\"")
	case kind == reflect.Bool && !switched:
		return errors.New("配置文件中的值应为 true 或 false")
	}
	return nil
}

var errUnquoted = errors.New("配置文件中的值应加引号")

// quoted says whether all values are texts.
func quoted(values iter.Seq[any]) error {
	for value := range values {
		if _, is := value.(string); !is {
			return errUnquoted
		}
	}
	return nil
}
