# lidarsel on a CPU:      docker build -t lidarsel:cpu .
# on an NVIDIA GPU:       docker build -t lidarsel:cuda --build-arg TORCH_INDEX=https://pypi.org/simple .
# a run on ./data:        docker run --rm -v "$PWD:/work" lidarsel:cpu run data --budget 32
# PyPI's torch for Linux comes with CUDA, and takes gigabytes; PyTorch's own index has it without.
FROM python:3.11-slim-bookworm

ARG TORCH=torch==2.13.0
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

# what Open3D's wheel links
RUN apt-get update && apt-get install -y --no-install-recommends libgl1 libegl1 libusb-1.0-0 libgomp1 && rm -rf /var/lib/apt/lists/*
RUN python -m pip install --no-cache-dir --index-url "$TORCH_INDEX" "$TORCH"

COPY pyproject.toml README.md LICENSE /src/
COPY lidarsel /src/lidarsel
RUN python -m pip install --no-cache-dir "/src[poses,onnx,ros,argoverse,pcap]" && rm -rf /src

WORKDIR /work
RUN lidarsel doctor
ENTRYPOINT ["lidarsel"]
CMD ["--help"]
