package app

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/haochaping/haochaping/internal/privacy"
)

type keyCommands struct {
	New keyNewCommand `cmd:"" help:"生成密钥文件（权限 0600，从不覆盖已有文件）。"`
}

type keyNewCommand struct {
	File string `arg:"" help:"要生成的文件。"`
}

// Run makes the key file.
func (k *keyNewCommand) Run(c *console) error {
	err := privacy.CreateKeyFile(k.File)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("文件 %s 已经存在，未改动", k.File)
	}
	if err != nil {
		return err
	}
	c.printf("已生成 %s。请与数据库分开备份：没有它，库中的个人信息无法解密。\n", k.File)
	return nil
}
