"""A kernel of another language than Python, for tests: each cell is run by sh, after the cells before it."""

import subprocess

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel


class ShellKernel(Kernel):
    implementation = banner = "sh"
    implementation_version = "1"
    language_info = {"name": "sh", "mimetype": "text/x-sh", "file_extension": ".sh"}  # noqa: RUF012
    before = ":\n"

    def do_execute(self, code, *_, **__):
        text = f"{{ {self.before} }} > /dev/null 2>&1\n{code}"
        done = subprocess.run(
            ["sh", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )  # fmt: skip
        self.before += f"{code}\n"
        self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": done.stdout})
        reply = {"status": "ok", "execution_count": self.execution_count, "payload": []}
        if done.returncode:
            told = {"ename": "Exit", "evalue": str(done.returncode), "traceback": []}
            self.send_response(self.iopub_socket, "error", told)
            reply |= {"status": "error", **told}
        return reply


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=ShellKernel)
