package app

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// Help pages and what is said of a wrong command line are the parser's; its own words in them are put into Chinese here.

// frame are the parser's words on a help page.
var frame = strings.NewReplacer("Usage: ", "用法：", "[flags]", "[选项]", "<command>", "<命令>")

// heads are lines of a help page that hold nothing else.
var heads = map[string]string{
	"Flags:": "选项：", "Commands:": "命令：", "Arguments:": "参数：",
	`Run "haochaping <command> --help" for more information on a command.`: "一个命令的用法：haochaping <命令> --help",
}

// printHelp prints a help page.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	to := ctx.Stdout
	var page bytes.Buffer
	ctx.Stdout = &page
	err := kong.DefaultHelpPrinter(options, ctx)
	ctx.Stdout = to
	if err != nil {
		return err
	}
	for _, line := range joined(page.String()) {
		if head, is := heads[line]; is {
			line = head
		} else if strings.HasPrefix(line, "Usage: ") {
			line = frame.Replace(line)
		}
		if _, err := fmt.Fprintln(to, wrap(line, pageWidth())); err != nil {
			return err
		}
	}
	return nil
}

// optionHelp is what a help page says of an option: what it is for, what it is when nobody says, and its name in the environment.
func optionHelp(value *kong.Value) string {
	text := value.Help
	if value.HasDefault && value.Default != "" && value.Flag != nil && value.Flag.PlaceHolder != "" { // without one it stands at the option
		text += "缺省 " + value.Default + "。"
	}
	if len(value.Tag.Envs) > 0 {
		text += " ($" + strings.Join(value.Tag.Envs, ", $") + ")"
	}
	return text
}

// misuses are the parser's words for a wrong command line, each with ours.
var misuses = []struct {
	theirs *regexp.Regexp
	ours   string
}{
	{regexp.MustCompile(` \(from envar (\w+)=(?s:.*)\)$`), "（环境变量 $1）"},
	{regexp.MustCompile(`, did you mean (?:one of )?(.*)\?$`), "；是不是 $1？"},
	{regexp.MustCompile(`^unknown flag (\S+?)(；|$)`), "没有选项 $1$2"},
	{regexp.MustCompile(`^unexpected argument `), "不认识的命令或参数 "},
	{regexp.MustCompile(`^unexpected flag argument `), "多余的值 "},
	{regexp.MustCompile(`^expected one of (.*)$`), "缺少命令，可以是 $1"},
	{regexp.MustCompile(`^expected "(.*)"$`), "缺少 $1"},
	{regexp.MustCompile(`^missing flags: `), "缺少选项 "},
	{regexp.MustCompile(`^missing positional arguments `), "缺少参数 "},
	{regexp.MustCompile(`^(\S+) must be one of (.*) but got (".*")$`), "$1 应为 $2 之一，而不是 $3"},
	{regexp.MustCompile(`^(\S+): expected a valid \d+ bit u?int but got (".*?")`), "$1 应为整数，且不能太大，而不是 $2"},
	{regexp.MustCompile(`^(\S+): expected an? (?:int|float) but got (".*?") \(\w+\)`), "$1 应为数字，而不是 $2"},
	{regexp.MustCompile(`^(\S+): expected duration but got (".*?")(?:: time: [^（]*)?`), "$1 应为带单位的时长，如 30s、15m、12h，而不是 $2"},
	{regexp.MustCompile(`^(\S+): bool value must be true, 1, yes, false, 0 or no but got (".*?")`), "$1 应为 true 或 false，而不是 $2"},
	{regexp.MustCompile(`^(\S+): expected \w+ value but got "EOL" \(<EOL>\)$`), "$1 后面缺少值"},
	{regexp.MustCompile(`^\S+: expected \w+ value but got ".*" \(.*\); perhaps try (.*)\?$`), "以 - 开头的值请写成 $1"},
	{regexp.MustCompile(`^(\S+): expected "<key>=<value>" but got (".*")$`), "$1 应形如 名=值;名=值，而不是 $2"},
	{regexp.MustCompile(`^(\S+) and (\S+) can't be used together$`), "$1 与 $2 不能同时使用"},
	{regexp.MustCompile(`^flag (\S+) applies to the default command "(.*)", not "(.*)"$`), "选项 $1 属于 $2，不属于 $3"},
}

// misuse says what is wrong with a command line, and how the command is used.
func misuse(err error) string {
	text := words(err)
	for _, m := range misuses {
		text = m.theirs.ReplaceAllString(text, m.ours)
	}
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) {
		return text
	}
	app := wrong.Context.Model
	path, summary := app.Name, app.Name+app.Summary()
	if command := wrong.Context.Selected(); command != nil {
		path, summary = command.FullPath(), app.Name+" "+command.Summary()
	}
	return text + "\n" + frame.Replace("Usage: "+summary) + "\n详见 " + path + " --help"
}
